// How firm the topics are (section 4): if something else were asked, how few ballots, repetitions.

const REPLICATES = 1000;
const MOST_DRAWN = 50000; // ballots: of more, none are drawn again
const FIRST_IN = 50; // repetitions in which a theme is first that could be first

function largestFirst(one, other) {
  return one > other ? -1 : one < other ? 1 : 0;
}

// ---- re-casting

class Recast {
  constructor(box) {
    this.round = box.round;
    this.count = box.count;
    this.topic = box.topics[0];
    this.most = Number(this.count.most);
    this.order = this.count.byPoints();
    this.worth = this.count.ballots.map((ballot, place) => [ballot, BigInt(this.count.values[place])]);
  }

  /** The fewest ballots, rival alone first and topic alone last, with which the rival stands before the topic. */
  toPass(rival) {
    const { count, topic } = this;
    const gains = this.worth
      .map(([ballot, value]) => value * BigInt(this.most - ballot.wins[rival] + ballot.wins[topic]))
      .sort(largestFirst);
    const lead = count.score(topic).minus(count.score(rival));
    const unit = new Q(1000n - count.share, 1000n * count.most * count.value);
    const wins = count.won[topic] - count.won[rival];
    const relevance = count.relevance(topic).compare(count.relevance(rival));
    const tie = count.ties[rival] - count.ties[topic];
    const passes = (moved) => {
      const score = lead.compare(unit.times(new Q(moved)));
      if (score) return score < 0;
      if (wins !== moved) return wins < moved;
      return (relevance || tie) < 0;
    };
    let moved = 0n;
    if (passes(moved)) return 0;
    for (let taken = 0; taken < gains.length; taken += 1) {
      moved += gains[taken];
      if (passes(moved)) return taken + 1;
    }
    return null;
  }

  /** For each counted category that supports a theme, or does not: the fewest ballots with which that turns. */
  costs(dimension, theme, supports) {
    const { counted, supported } = this.count.spread();
    const found = [];
    for (const name of counted.get(dimension)) {
      if (supported[theme].get(dimension).includes(name) !== supports) continue;
      const here = this.worth.filter(([ballot]) => ballot.held.get(dimension) === name);
      let won = sum(here.map(([ballot, value]) => value * BigInt(ballot.wins[theme])));
      const half = (this.count.most * sum(here.map(([, value]) => value))) / 2n;
      const moves = here
        .map(([ballot, value]) => value * BigInt(supports ? ballot.wins[theme] : this.most - ballot.wins[theme]))
        .sort(largestFirst);
      let taken = 0;
      while (supports ? won >= half : won < half) {
        if (taken >= moves.length) throw new Unreadable();
        won += supports ? -moves[taken] : moves[taken];
        taken += 1;
      }
      found.push(taken);
    }
    return found.sort((a, b) => a - b);
  }

  toSpread(rival) {
    const { supported, required } = this.count.spread();
    let most = 0;
    for (const [dimension, number] of required) {
      const missing = Number(number) - supported[rival].get(dimension).length;
      if (missing > 0) most = Math.max(most, this.costs(dimension, rival, false).slice(0, missing).reduce((a, b) => a + b, 0));
    }
    return most;
  }

  toLose() {
    const { supported, required } = this.count.spread();
    let best = null;
    for (const dimension of sorted(required.keys())) {
      const number = Number(required.get(dimension));
      if (!number) continue;
      const spare = supported[this.topic].get(dimension).length - number;
      const ballots = this.costs(dimension, this.topic, true).slice(0, spare + 1).reduce((a, b) => a + b, 0);
      if (best === null || ballots < best.ballots) best = { ballots, dimension };
    }
    return best;
  }

  nearest(costs) {
    let best = null;
    for (const [rival, ballots] of costs) if (ballots !== null && (best === null || ballots < best.ballots)) best = { ballots, rival };
    return best;
  }

  /** 4.2; null where several topics are chosen, and by another method than points. */
  margin() {
    if (this.round.rule("method") !== "points" || this.count.wanted > 1) return null;
    const found = { level: null, choosable: null, support: null, at_least: null, enough: null };
    const rivals = this.order.filter((x) => x !== this.topic);
    const passing = new Map(rivals.map((rival) => [rival, this.toPass(rival)]));
    const over = (list, cost = (rival) => passing.get(rival)) => this.nearest(list.map((rival) => [rival, cost(rival)]));
    if (!this.count.hasSpread(this.topic)) {
      const reach = this.count.ratio(this.topic);
      found.choosable = over(rivals.filter((rival) => this.count.ratio(rival).compare(reach) === 0));
      found.at_least = 1;
      found.enough = found.choosable ? found.choosable.ballots : null;
    } else {
      const able = rivals.filter((rival) => this.count.hasSpread(rival));
      found.choosable = over(able);
      found.level = over(rivals, (rival) =>
        passing.get(rival) === null ? null : Math.max(passing.get(rival), this.toSpread(rival)),
      );
      found.support = this.toLose();
      const smaller = (...figures) => {
        const known = figures.filter((figure) => figure !== null).map(({ ballots }) => ballots);
        return known.length ? Math.min(...known) : null;
      };
      found.at_least = smaller(found.level, found.support);
      found.enough = smaller(found.choosable, able.length ? found.support : null);
    }
    const number = (value) => (value === null ? null : int(value));
    const withRival = (figure) => figure && obj({ ballots: int(figure.ballots), rival: this.round.keys[figure.rival] });
    return obj({
      level: withRival(found.level),
      choosable: withRival(found.choosable),
      support: found.support && obj({ ballots: int(found.support.ballots), dimension: found.support.dimension }),
      at_least: number(found.at_least),
      enough: number(found.enough),
    });
  }
}

// ---- what is left out, taken off, shared out otherwise, tied otherwise

function topicsOf(box, ballots) {
  const micro = ballots.length ? box.balance.micro(ballots) : null;
  if (!micro) return null;
  return keysOf(box, new Count(box.round, box.ties, worthBy(box.balance, micro, ballots)));
}

function keysOf(box, count) {
  return count.topics().map((x) => count.round.keys[x]);
}

async function leaveOneOut(box, pause, dimensions = ALWAYS_THERE) {
  const found = [];
  for (const dimension of dimensions) {
    const there = new Set(box.round.ballots.filter(({ held }) => held.has(dimension)).map(({ held }) => held.get(dimension)));
    for (const category of sorted(there)) {
      const rest = box.round.ballots.filter(({ held }) => !(held.has(dimension) && held.get(dimension) === category));
      found.push(obj({ dimension, category, topics: topicsOf(box, rest) }));
      await pause();
    }
  }
  return found;
}

function withoutTheme(box) {
  const { round: a, count } = box;
  if (count.size <= 2) return [];
  return count.themes
    .filter((x) => !box.topics.includes(x))
    .map((x) => {
      const keep = (_, y) => y !== x;
      const lesser = { ...a, keys: a.keys.filter(keep), objectives: a.objectives.filter(keep) };
      const worth = box.worth.map(([ballot, value]) => [ballotWithout(ballot, x), value]);
      return obj({ theme: a.keys[x], topics: keysOf(box, new Count(lesser, box.ties.filter(keep), worth)) });
    });
}

async function otherTargets(box, pause) {
  const { dimensions, low, high } = box.balance;
  if (dimensions.length < 1 || dimensions.length > 4) return [];
  let ways = [[]];
  for (const dimension of dimensions) {
    ways = ways.flatMap((way) => ["equal", "roll", "sqrt"].map((rule) => [...way, [dimension, rule]]));
  }
  const found = [];
  for (const way of ways) {
    const balance = new Balance(box.round, new Map(way), [low, high], true);
    const worth = worthBy(balance, balance.micro(box.round.ballots), box.round.ballots);
    found.push(obj({ targets: new Map(way), topics: keysOf(box, new Count(box.round, box.ties, worth)) }));
    await pause();
  }
  return found;
}

/** 4.1: the objectives that, taken off a theme or added to it, change the set of topics. */
async function otherTies(box, pause) {
  const { round: a, count } = box;
  if (a.rule("method") !== "points" || !count.share) return { without: [], with: [] };
  const told = sorted(keysOf(box, count));
  const changed = async (x, numbers, objective, found) => {
    const objectives = a.objectives.map((own, y) => (y === x ? numbers : own));
    const topics = keysOf(box, count.asked({ round: { ...a, objectives } }));
    if (!equal(sorted(topics), told)) found.push(obj({ theme: a.keys[x], objective: int(objective), topics }));
    await pause();
  };
  const found = { without: [], with: [] };
  const tied = [...new Set(a.objectives.flat())].sort((one, two) => one - two);
  for (const x of count.themes) {
    const own = a.objectives[x];
    if (own.length > 1) {
      for (const number of [...own].sort((one, two) => one - two)) {
        await changed(x, own.filter((each) => each !== number), number, found.without);
      }
    }
    if (own.length < 5) {
      for (const number of tied.filter((each) => !own.includes(each))) await changed(x, [...own, number], number, found.with);
    }
  }
  return found;
}

// ---- repetitions

/** 4.3: ballots in the order in which they are drawn; those that say the same of the same kind are one. */
class Urn {
  constructor(box) {
    this.seed = box.round.seed;
    const values = new Map(box.worth.map(([ballot, value]) => [ballot, value]));
    const ordered = sorted(box.round.ballots, ({ seat }) => seat);
    const known = new Map();
    this.patterns = [];
    this.of = Uint32Array.from(ordered, (ballot) => {
      const value = values.get(ballot);
      const said = [ballot.tiers.join(), ballot.mask, value, ballot.spots.join()].join("|");
      if (!known.has(said)) {
        known.set(said, this.patterns.length);
        this.patterns.push([ballot, value]);
      }
      return known.get(said);
    });
  }

  /** The ballots of a repetition with all their value, and how often each was drawn. */
  drawn(replicate) {
    const counts = new Uint32Array(this.patterns.length);
    for (const number of shakeDraws(`${this.seed}|resample|${replicate}`, this.of.length)) counts[this.of[number]] += 1;
    const worth = [];
    const times = [];
    this.patterns.forEach(([ballot, value], place) => {
      if (!counts[place]) return;
      worth.push([ballot, value * BigInt(counts[place])]);
      times.push(counts[place]);
    });
    return { worth, times };
  }
}

async function resampling(box, pause) {
  const urn = new Urn(box);
  const { keys } = box.round;
  const known = new Map(); // the same is drawn again where there are few ballots
  const places = keys.map(() => new Array(keys.length).fill(0));
  const among = new Array(keys.length).fill(0);
  const first = new Array(keys.length).fill(0);
  const official = [...box.topics].sort((x, y) => x - y).join();
  let same_ = 0;
  for (let replicate = 1; replicate <= box.replicates; replicate += 1) {
    const { worth, times } = urn.drawn(replicate);
    const drawn = worth.length < 20 ? worth.map(([ballot], place) => `${ballot.seat} ${times[place]}`).join("|") : null;
    let outcome = known.get(drawn);
    if (!outcome) {
      const count = new Count(box.round, box.ties, worth, { times });
      outcome = { order: count.order(), topics: count.topics() };
      if (drawn !== null) known.set(drawn, outcome);
    }
    const { order, topics } = outcome;
    order.forEach((x, place) => (places[x][place] += 1));
    topics.forEach((x) => (among[x] += 1));
    first[topics[0]] += 1;
    if ([...topics].sort((x, y) => x - y).join() === official) same_ += 1;
    if (replicate % 10 === 0) await pause(replicate / box.replicates);
  }
  const told = (numbers, least) =>
    keys
      .map((key, x) => [key, numbers[x]])
      .filter(([, number]) => number >= least)
      .sort((one, two) => two[1] - one[1])
      .map(([key, number]) => [key, int(number)]);
  return {
    resampling: obj({
      made: int(box.replicates),
      same: int(same_),
      percent: rounded(new Q(int(100 * same_), int(box.replicates))),
      topics: told(among, 1),
    }),
    could_be_first: told(first, FIRST_IN),
    places: places.map((times) => [FIRST_IN, box.replicates - FIRST_IN].map((wanted) => placeOf(times, wanted))),
  };
}

/** The place that so many repetitions reach, the best first. */
function placeOf(times, wanted) {
  let reached = 0;
  let place = 0;
  while (reached < wanted) {
    reached += times[place];
    place += 1;
  }
  return int(place);
}

async function repeated(box, pause) {
  const none = { resampling: null, could_be_first: null, places: box.round.keys.map(() => null) };
  box.repeated ??= box.round.ballots.length > MOST_DRAWN ? none : await resampling(box, pause);
  return box.repeated;
}

async function checkFirmness(box, pause) {
  const given = mapOf(at(box.json("result.json"), "firmness"));
  const { round: a, count } = box;
  const drawn = await repeated(box, pause);
  const told = maybe(given, "resampling");
  if (drawn.resampling && isMap(told)) {
    const [mine, theirs] = [drawn.resampling.get("percent"), maybe(told, "percent")];
    const first = ["percent", { expected: mine, found: theirs }];
    need(equal(mine, theirs), "result.json", "firmness.resampling.percent", mine, theirs, first);
  }
  const ties = await otherTies(box, pause);
  const expected = obj({
    margin: new Recast(box).margin(),
    resampling: drawn.resampling,
    could_be_first: drawn.could_be_first,
    methods: obj(Object.fromEntries(["points", "schulze", "runoff"].map((method) => [method, keysOf(box, count.asked({ method }))]))),
    unweighted: keysOf(box, box.plain),
    country_equal: keysOf(box, box.level),
    points_alone: a.rule("method") === "points" && count.named ? keysOf(box, count.asked({ wantedShare: 0n })) : null,
    other_targets: await otherTargets(box, pause),
    leave_one_out: await leaveOneOut(box, pause),
    without_theme: withoutTheme(box),
    without_tie: ties.without,
    with_tie: ties.with,
  });
  same(expected, given, "result.json", "firmness");
  const themes = listOf(at(box.json("result.json"), "themes"));
  drawn.places.slice(0, themes.length).forEach((range, number) => {
    same(range, maybe(themes[number], "places"), "result.json", `themes[${number}].places`);
  });
  return drawn.resampling ? ["percent", { n: drawn.resampling.get("percent") }] : [null, {}];
}

async function checkRobustness(box, pause) {
  const a = box.round;
  const margin = new Recast(box).margin();
  const expected = obj({
    format: "consulta-robustness/3",
    bundle_sha256: digestOf(box.bytes("bundle.json")),
    seed: a.seed,
    method: a.rule("method"),
    topics: box.topics.map((x) => a.keys[x]),
    margin,
  });
  const added = addedDimensions(a);
  const lines = await leaveOneOut(box, pause, added);
  if (lines.length) expected.set("leave_one_out", lines);
  const untold = added.filter((dimension) => !dimensionsOfRules(a).includes(dimension));
  if (untold.length) expected.set("voices", voicesIn(a, box.worth, box.count, untold));
  const { places } = await repeated(box, pause);
  const ranges = places.map((range, x) => range && obj({ theme: a.keys[x], best: range[0], worst: range[1] }));
  if (ranges.every(isMap)) expected.set("places", ranges);
  same(expected, box.json("robustness.json"), "robustness.json");
  if (margin === null) return [null, {}];
  if (margin.get("enough") === null) return ["margin_none", {}];
  return ["margin", { a: margin.get("at_least"), b: margin.get("enough") }];
}
