// Which checks an archive asks for, in the order in which each needs what those before it have read.

const FIRST = [
  ["files", checkFiles],
  ["chain", checkChain],
  ["heads", checkHeads],
  ["acts", checkActs],
  ["checkpoints", checkCheckpoints],
];
const COMPLETE = [
  ["bundle", checkBundle],
  ["seed", checkSeed],
  ["receipts", checkReceipts],
  ["weights", checkWeights],
  ["count", checkCount],
  ["firmness", checkFirmness],
];

/** Which file is of a version that is not known here; null where all are known. */
function unknownVersion(box) {
  for (const [file, known] of Object.entries(VERSIONS)) {
    let said;
    try {
      if (!box.files.has(file)) continue;
      said = string(at(box.json(file), "format"));
    } catch (error) {
      if (error instanceof Differs || error instanceof Unreadable) continue;
      throw error;
    }
    if (!known.includes(said) && said.split("/")[0] === known[0].split("/")[0]) {
      return { file, found: said, known: known.join(", ") };
    }
  }
  try {
    const strange = partsTold(box.json("archive.json")).filter((name) => !EXTRAS.has(name));
    if (strange.length) return { file: "archive.json", found: strange[0], known: [...EXTRAS.keys()].join(", ") };
  } catch (error) {
    if (!(error instanceof Differs || error instanceof Unreadable)) throw error;
  }
  return null;
}

function checksFor(box) {
  let complete;
  let votes = false;
  let withPanel = false;
  let parts = [];
  let outside = false;
  try {
    const about = box.json("archive.json");
    complete = truthy(maybe(about, "complete"));
    votes = truthy(maybe(about, "votes"));
    parts = partsTold(about);
    outside = maybe(about, "cast") === "outside";
    withPanel = complete && mapOf(at(box.json("bundle.json"), "rules")).has("panel");
  } catch (error) {
    if (!(error instanceof Differs || error instanceof Unreadable)) throw error;
    complete = box.files.has("bundle.json");
    votes = withPanel = false;
    parts = [];
    outside = false;
  }
  const checks = [...FIRST];
  if (parts.includes("stamps")) checks.push(["stamps", checkStamps]);
  checks.push(["bound", checkBound]);
  if (!complete) checks.push(["public", checkPublic]);
  else {
    const there = (file) => box.files.has(file);
    for (const check of COMPLETE) {
      checks.push(check);
      if (check[0] === "receipts" && there("excluded.csv")) checks.push(["excluded", checkExcluded]);
    }
    if (votes) checks.push(["votes", checkVotes]);
    else if (outside) checks.push(["votes", checkOutside]);
    checks.push(["robustness", checkRobustness]);
    if (there("public.json")) checks.push(["figures", checkFigures]);
  }
  if (withPanel) checks.push(["panel", checkPanel]);
  if (parts.includes("panel")) checks.push(["seated", checkSeated]);
  if (box.heldHeads.length || box.heldSums.length) checks.push(["held", checkHeld]);
  return checks;
}

/** Heads and digests that the reader brings. */
function checkHeld(box) {
  const notes = [];
  const lower = box.heldHeads.map((root) => root.toLowerCase());
  const taken = new Map(box.heads.map((head) => [head.root, head.size]));
  for (const [root, size] of sizesOf(box, lower.filter((root) => !taken.has(root)))) taken.set(root, size);
  box.heldHeads.forEach((root, place) => {
    need(taken.has(lower[place]), LOG, "--head", root, "head_unknown", ["seal", {}]);
    notes.push(["held_head", { size: taken.get(lower[place]) }]);
  });
  const known = new Map([...box.listed.keys()].filter((name) => box.files.has(name)).map((name) => [digestOf(box.bytes(name)), name]));
  if (box.zipped) known.set(box.zipped, box.name);
  for (const digest of box.heldSums) {
    need(known.has(digest.toLowerCase()), box.name, "--sha256", digest, "sum_unknown", ["sum", {}]);
    notes.push(["held_sum", { name: known.get(digest.toLowerCase()) }]);
  }
  return notes;
}

/**
 * Make every check that can be made. `show` is told of each as it ends; `pause` lets the page breathe.
 * What comes back: the differences, and whether something is left out for want of ballots.
 */
async function verified(box, show, pause = async () => {}) {
  const newer = unknownVersion(box);
  if (newer) {
    const line = { mark: "no", title: "version", newer };
    show(line);
    return { found: [line], unseen: null, partial: false };
  }
  const checks = checksFor(box);
  const found = [];
  let unseen = null; // where nothing differs, but no witness signed the log since the closing
  for (const [place, [title, check]] of checks.entries()) {
    await pause(null, { title, place, number: checks.length });
    let line;
    try {
      const said = await check(box, (part) => pause(part, { title, place, number: checks.length }));
      const notes = title === "held" ? said : said[0] ? [said] : [];
      line = { mark: title === "public" ? "skip" : "ok", title, notes };
      if (said[0] === "unseen") Object.assign(line, { mark: "no", unseen: said[1] });
    } catch (error) {
      if (error instanceof Missing) line = { mark: "skip", title, notes: [["after", {}]], missing: true };
      else if (error instanceof Differs) line = { mark: "no", title, differs: { ...error, first: meaning(title, error) } };
      else if (error instanceof NoArchive) throw error;
      // What cannot be read, and what breaks the machine's own rules on the way: the check does not hold.
      else line = { mark: "no", title, lacks: error instanceof Lacks ? short(error.message) : "" };
    }
    if (line.unseen) unseen = line;
    else if (line.mark === "no" || line.missing) found.push(line);
    show(line);
  }
  return { found, unseen, partial: checks.some(([title]) => title === "public") };
}

const OF_BUNDLE = {
  "rules_sha256 at opening": "rules",
  "themes_sha256 at opening": "themes",
  "roll_sha256 at opening": "counted_roll",
  "root of the ballots in the log": "ballots",
  seats: "counted_roll",
  themes: "themes",
  ballots: "ballots",
  seed: "seed",
};
const SOURCES = ["bundle_sha256", "ballots_root"]; // in a result: of what it was counted
const OF_FILES = ["sha256", "sha256 in the log", "texts at closing"]; // places of the digests of whole files

/** What a difference that a check found means to people: the code of a sentence, and its values. */
function meaning(title, { file, place, found, first }) {
  if (first) return first;
  const row = /^row ([0-9]+)/.exec(file === LOG ? place : file.replace(/^log\.jsonl /, ""));
  if (title === "chain" && row) return ["row", { n: row[1] }];
  if (["bundle", "seed"].includes(title) && Object.hasOwn(OF_BUNDLE, place)) return [OF_BUNDLE[place], {}];
  if (found === "missing") return ["file_lost", { file }];
  if (OF_FILES.includes(place)) return ["file", { file }];
  if (title === "count" && SOURCES.includes(place)) return ["source", {}];
  return [`step_${title}`, {}];
}

// ---- in words

function fill(text, values) {
  return text.replace(/\{([a-z]+)\}/g, (_, name) => (typeof values[name] === "string" ? plain(values[name]) : String(values[name])));
}

/** The words by language: in the page, each stands once, with what it is in every one. */
function wordsOf(data) {
  const languages = Object.keys(data.names);
  const of = (place) => Object.fromEntries(Object.entries(data.words).map(([code, said]) => [code, said[place]]));
  return Object.fromEntries(
    languages.map((language, place) => {
      const index = data.phrasesIn[language];
      const phrases = index === undefined ? [] : Object.entries(data.phrases).map(([text, said]) => [text, said[index]]);
      return [language, { ...of(place), phrases: new Map(phrases) }];
    }),
  );
}

/** A phrase in a language; as it is where it is none, such as a value of a file. */
function inWords(words, text) {
  const named = [];
  const shape = String(text).replace(/\S*[0-9.:/_]\S*/g, (each) => (named.push(each), "#"));
  const said = words.phrases.get(shape);
  if (said === undefined || shape.split("#").length - 1 !== named.length) return text;
  return said.replace(/#/g, () => named.shift());
}

function sentenceOf(words, line, names) {
  if (line.newer) return fill(words.newer, line.newer);
  if (line.differs) {
    const { file, place, expected, found } = line.differs;
    const brought = place === "--head" || place === "--sha256";
    const said = (text) => inWords(words, text);
    return fill(words.differs, { file, place: said(place), expected: said(expected), found: brought ? words[found] : said(found) });
  }
  if (line.lacks !== undefined) return fill(line.lacks ? words.no_field : words.no_sense, { what: line.lacks });
  return (line.notes ?? []).map(([code, values]) => fill(words[code], inReader(values, names))).join("; ");
}

// ---- what a difference means

/** A weight with two decimals, or with as many more as show that two are not the same. */
function weightText(micro, both, sign) {
  if (![micro, ...both].every(isWhole)) return short(micro);
  const numbers = both.map((each) => Number(each) / 1e6);
  let places = 2;
  while (places < 6 && new Set(numbers.map((each) => each.toFixed(places))).size < 2) places += 1;
  return (Number(micro) / 1e6).toFixed(places).replace(".", sign);
}

/** The values of a sentence as its reader knows them: weights, categories and themes by name. */
function inReader(values, { sign, category, theme }) {
  const found = { ...values };
  if ("sector" in values) return { ...values, sector: category("sector", values.sector) };
  if (values.cell) {
    const names = sorted(values.cell.keys()).map((dimension) => category(dimension, values.cell.get(dimension)));
    if (values.each > 1n) names.push(`${values.each}x`);
    found.cell = names.join(", ") || "1x";
    for (const name of ["expected", "found"]) found[name] = weightText(values[name], [values.expected, values.found], sign);
  }
  for (const name of ["theme", "expected", "found"]) {
    const value = found[name];
    if (name in values && !values.cell && (Array.isArray(value) || typeof value === "string")) found[name] = [value].flat().map(theme).join("; ");
    else if (typeof value === "number") found[name] = value.toFixed(2).replace(".", sign);
  }
  return found;
}

/** What a line with a difference means, in words. */
function meaningOf(words, line, names) {
  if (line.newer) return fill(words.newer, line.newer);
  if (line.missing) return words.after;
  const [code, values] = line.differs?.first ?? [`step_${line.title}`, {}];
  return fill(words[`first_${code}`], inReader(values, names));
}

/** The line whose difference says most. */
function mostMeaningful(lines, order) {
  const rank = (line) => (line.newer ? -1 : line.missing ? Infinity : order.indexOf(line.differs?.first?.[0] ?? `step_${line.title}`));
  return lines.reduce((best, line) => (best === null || rank(line) < rank(best) ? line : best), null);
}
