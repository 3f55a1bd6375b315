# R's survey::calibrate: raking where there are no bounds, logit where there are. Called as the Python programs
# are, but it reads raw numbers: NAME.i32 for the codes, NAME.f64 for the targets, bounds.f64 where there are any.

suppressMessages(library(survey))

arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[2]
runs <- as.integer(arguments[3])
enough <- as.numeric(arguments[4])
out <- arguments[5]
dimensions <- c("subregion", "sector", "country")

numbers <- function(name, what, size) {
  path <- file.path(folder, name)
  if (!file.exists(path)) return(NULL)
  readBin(path, what, n = file.size(path) / size, size = size)
}

peak <- function() {
  status <- "/proc/self/status"
  if (!file.exists(status)) return(0)
  line <- grep("^VmHWM:", readLines(status), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) * 1024
}

before <- peak()
codes <- lapply(dimensions, function(name) numbers(paste0(name, ".i32"), "integer", 4))
targets <- lapply(dimensions, function(name) numbers(paste0(name, ".f64"), "double", 8))
bounds <- numbers("bounds.f64", "double", 8)

build <- function() {
  frame <- data.frame(base = rep(1, length(codes[[1]])))
  population <- c(`(Intercept)` = nrow(frame))
  for (at in seq_along(dimensions)) {
    name <- dimensions[at]
    there <- which(targets[[at]] > 0)
    frame[[name]] <- factor(codes[[at]], levels = there - 1)
    totals <- targets[[at]][there][-1] * nrow(frame)
    population <- c(population, setNames(totals, paste0(name, there[-1] - 1)))
  }
  list(design = svydesign(ids = ~1, weights = ~base, data = frame), population = population)
}

run <- function(built) {
  formula <- ~ subregion + sector + country
  if (is.null(bounds)) {
    calibrate(built$design, formula, built$population, calfun = "raking", epsilon = 1e-9)
  } else {
    calibrate(built$design, formula, built$population, calfun = "logit", bounds = bounds, epsilon = 1e-9)
  }
}

builds <- c()
times <- c()
began <- proc.time()[["elapsed"]]
while (length(times) < runs && proc.time()[["elapsed"]] - began < enough) {
  gc()
  start <- proc.time()[["elapsed"]]
  built <- build()
  middle <- proc.time()[["elapsed"]]
  calibrated <- suppressWarnings(run(built))
  end <- proc.time()[["elapsed"]]
  builds <- c(builds, middle - start)
  times <- c(times, end - middle)
}
writeBin(as.numeric(weights(calibrated)), file.path(out, "weights.f64"))
list_of <- function(values) paste0("[", paste(values, collapse = ", "), "]")
cat(sprintf('{"build": %s, "run": %s, "memory": %.0f}\n', list_of(builds), list_of(times), peak() - before))
