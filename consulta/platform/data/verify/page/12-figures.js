// Figures of a round of totals: what the public reads is what the log and, where it is there, the result say.

const STEPS = [1, 2, 5, 10];

/** A figure that may be told in one of these ways, or not at all. */
class Maybe {
  constructor(...ways) {
    this.ways = ways;
  }
  static percent(share, ...steps) {
    const told = (step) => int(step) * rounded(new Q(100n * share.n, share.d * int(step)));
    return new Maybe(...steps.filter(Boolean).map(told));
  }
}

/** What is expected, with each figure as it was told where it was told truly. */
function settled(expected, given) {
  if (expected instanceof Maybe) {
    if (given === null || given === undefined) return null;
    const alike = expected.ways.filter((way) => (typeof way === "boolean") === (typeof given === "boolean"));
    if (alike.some((way) => equal(way, given))) return given;
    return expected.ways.length ? expected.ways[0] : "(nothing)";
  }
  if (isMap(expected)) {
    return new Map([...expected].map(([name, part]) => [name, settled(part, isMap(given) ? given.get(name) : null)]));
  }
  if (Array.isArray(expected)) {
    return expected.map((part, place) => settled(part, Array.isArray(given) ? given[place] : null));
  }
  return expected;
}

function checkPublic(box) {
  checkTurnout(box, box.json("public.json"));
  return ["aggregate", {}];
}

function checkTurnout(box, told) {
  const opened = rollTold(box);
  const expected = obj({
    format: "consulta-public/1",
    round: at(opened, "key"),
    seats: at(opened, "seats"),
    ballots: at(box.acts.get("rounds.published"), "ballots"),
  });
  same(expected, new Map([...expected.keys()].map((name) => [name, maybe(told, name)])), "public.json");
}

async function checkFigures(box, pause) {
  const told = box.json("public.json");
  checkTurnout(box, told);
  const expected = await figuresOf(box, told, box.json("result.json"), pause);
  same(settled(expected, told), told, "public.json");
  if (told.get("detail") === "topics") return ["topics_told", {}];
  return ["figures_told", {}];
}

function fractionOf(text) {
  const found = /^(-?[0-9]{1,999})\/([0-9]{1,999})$/.exec(string(text));
  if (!found) throw new Unreadable();
  return new Q(BigInt(found[1]), BigInt(found[2]));
}

async function figuresOf(box, told, result, pause) {
  const { round: a } = box;
  const step = maybe(told, "step");
  const detail = ["topics", "figures"].includes(maybe(told, "detail")) ? told.get("detail") : "topics";
  const expected = obj({
    format: "consulta-public/1",
    round: at(a.raw, "round", "key"),
    small_cell: maybe(told, "small_cell"),
    seats: int(a.seats.size),
    countries: int(new Set([...a.seats.values()].map(({ held }) => held.get("country"))).size),
    ballots: int(a.ballots.length),
    detail,
  });
  const topics = listOf(at(result, "topics"));
  if (detail === "topics") {
    return expected.set("topics", topics.map((topic) => obj({ key: at(topic, "key") })));
  }
  need(step === null || STEPS.some((one) => equal(step, int(one))), "public.json", "step", "1, 2, 5 or 10", step);
  const size = step === null ? 0 : Number(step);
  const pairs = listOf(at(result, "pairs")).map((row) => listOf(row).map(whole));
  const objectives = listOf(at(result, "objectives"));
  const urgent = stepOfObjectives(at(told, "objectives"), objectives);
  const effective = Q.number(at(result, "weights", "effective_ballots"));
  expected.set("step", step);
  expected.set("topics", topics.map((topic) => topicTold(topic, at(told, "topics"))));
  expected.set("order", new Map([...mapOf(at(told, "order")).keys()].map((name) => [name, maybe(at(result, "order"), name)])));
  if (told.has("condorcet_winner")) expected.set("condorcet_winner", at(result, "condorcet_winner"));
  const lines = [...listOf(at(result, "firmness", "leave_one_out")), ...(await leaveOneOut(box, pause, addedDimensions(a)))];
  expected.set("firmness", firmnessTold(at(told, "firmness"), at(result, "firmness"), lines));
  expected.set("themes", listOf(at(result, "themes")).map((theme, x) => themeTold(box, theme, at(told, "themes", x), size)));
  expected.set(
    "pairs",
    pairs.map((row, x) => row.map((won, y) => (x === y ? null : Maybe.percent(new Q(won, won + pairs[y][x]), size)))),
  );
  expected.set(
    "objectives",
    objectives.map((line) => obj({ number: at(line, "number"), percent: Maybe.percent(fractionOf(at(line, "share")), urgent) })),
  );
  expected.set("participation", participationTold(box, at(told, "participation"), size));
  const tenths = 10n * rounded(new Q(effective.n * 10n, effective.d * int(a.ballots.length)));
  return expected.set("weights", obj({ met: at(result, "weights", "met"), effective_percent: new Maybe(tenths) }));
}

/** The step in which all of them are told; the finest where there is none. */
function stepOfObjectives(told, lines) {
  const fits = (step) =>
    lines.slice(0, listOf(told).length).every((line, place) => {
      const given = at(told[place], "percent");
      return given === null || Maybe.percent(fractionOf(at(line, "share")), step).ways.some((way) => equal(way, given));
    });
  return STEPS.find(fits) ?? STEPS[0];
}

/** A topic; the order of its objectives is that of the figures that are told of them. */
function topicTold(topic, told) {
  const there = listOf(told).filter((each) => equal(at(each, "key"), at(topic, "key"))).map((each) => at(each, "focus"));
  const fits = there.length && equal(sorted(there[0]), sorted(at(topic, "focus")));
  return obj({ key: at(topic, "key"), spread_met: at(topic, "spread_met"), focus: fits ? there[0] : at(topic, "focus") });
}

/** The topics if something else were asked: repetitions in tens, and lines that are those of the result. */
function firmnessTold(told, firm, lines) {
  if (told === null) return null;
  const drawn = maybe(firm, "resampling");
  const given = listOf(at(told, "leave_one_out"));
  return obj({
    percent: drawn === null ? null : new Maybe(10n * (whole(at(drawn, "percent")) / 10n)),
    methods: at(told, "methods") === null ? null : at(firm, "methods"),
    leave_one_out: lines.filter((line) => given.some((each) => equal(line, each))),
  });
}

function themeTold(box, theme, told, step) {
  const percent = (name) => Maybe.percent(fractionOf(at(theme, name)), step);
  const mean = at(theme, "mean_place");
  const supported = mapOf(at(theme, "supported"));
  const lines = listOf(at(told, "support"));
  return obj({
    key: at(theme, "key"),
    place: new Maybe(at(theme, "place")),
    score_percent: percent("score"),
    points_percent: percent("points"),
    relevance_percent: percent("relevance"),
    unweighted_percent: percent("unweighted"),
    first: new Maybe(at(theme, "first")),
    mentions: new Maybe(at(theme, "mentions")),
    mean_place: mean === null ? new Maybe() : new Maybe(rounded(fractionOf(mean))),
    spread_met: new Maybe(at(theme, "spread_met")),
    support: sorted(supported.keys())
      .slice(0, lines.length)
      .map((dimension, place) => supportTold(box, dimension, supported.get(dimension), at(lines[place], "named"))),
  });
}

function supportTold(box, dimension, supported, named) {
  const { counted, required } = box.count.spread();
  const heard = at(counted, dimension);
  const told = new Set(listOf(named));
  return obj({
    dimension,
    met: new Maybe(int(supported.length) >= at(required, dimension)),
    named: sorted(heard.filter((name) => told.has(name))),
    supporting: sorted(supported.filter((name) => told.has(name))),
  });
}

/** Who took part, in the lines that were told; in each dimension these hold every category once. */
function participationTold(box, told, step) {
  const { round: a, balance } = box;
  const all = [...a.seats.values()].map((seat) => balance.dimensions.map((dimension) => at(seat.held, dimension)));
  const aims = balance.targets(all);
  // Where an organisation counts more than once, how many votes a category needs would tell which of them voted.
  const heavier = [...a.seats.values()].some(({ base }) => base > 1n);
  const told_ = listOf(at(box.json("result.json"), "weights", "reach"));
  const reach = new Map(told_.map((line) => [jsonText([at(line, "dimension"), at(line, "category")]), line]));
  const lines = [];
  for (const dimension of ["subregion", "sector", ...addedDimensions(a), "country"]) {
    const found = byCategory(a, box.worth, dimension);
    const mine = listOf(told).filter((line) => at(line, "dimension") === dimension);
    const there = sorted(mine.flatMap((line) => listOf(at(line, "categories"))));
    need(equal(there, sorted(found.keys())), "public.json", `participation ${dimension}`, "every category once", there);
    for (const line of mine) {
      const names = line.get("categories");
      const total = (figure) => sum(names.map((name) => found.get(name)[figure]));
      const aim = aims.has(dimension) ? new Q(100n * sum(names.map((name) => aims.get(dimension).get(name))), SCALE) : null;
      lines.push(
        obj({
          dimension,
          categories: names,
          seats: total("seats"),
          ballots: total("ballots"),
          share_percent: rounded(new Q(100n * total("ballots"), int(a.ballots.length))),
          target_percent: targetTold(aim, at(line, "target_percent")),
          needed: aim === null || names.length > 1 || heavier ? null : at(reach.get(jsonText([dimension, names[0]])), "needed"),
          weighted_percent: Maybe.percent(new Q(total("value"), box.count.value), step),
        }),
      );
    }
  }
  return lines;
}

/** A share that the rules agreed on, as a whole number; halves go either way. */
function targetTold(aim, told) {
  if (aim === null) return null;
  const near = typeof told === "bigint" && new Q(told).minus(aim).abs().compare(new Q(500000001n, 1000000000n)) <= 0;
  return near ? told : rounded(aim);
}
