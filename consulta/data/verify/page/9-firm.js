// How firm the result is (3.6, 9.5): margins, leaving out, other targets, a theme taken off, drawing again.

const REPLICATES = 1000;

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
  }

  /** The fewest ballots, rival alone first and topic alone last, with which the rival stands before the topic. */
  toPass(rival) {
    const { count, topic } = this;
    const gains = count.worth
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
      const here = this.count.worth.filter(([ballot]) => ballot.held.get(dimension) === name);
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

  margin() {
    const found = { level: null, choosable: null, support: null, at_least: null, enough: null };
    if (this.round.rule("method") === "points") {
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

// ---- what is left out, taken off, shared out otherwise

function topicOf(box, ballots) {
  const micro = ballots.length ? box.balance.micro(ballots) : null;
  if (!micro) return null;
  return box.round.keys[new Count(box.round, box.ties, worthBy(box.balance, micro, ballots)).topic()];
}

async function leaveOneOut(box, pause, dimensions = ALWAYS_THERE) {
  const found = [];
  for (const dimension of dimensions) {
    const there = new Set(box.round.ballots.filter(({ held }) => held.has(dimension)).map(({ held }) => held.get(dimension)));
    for (const category of sorted(there)) {
      const rest = box.round.ballots.filter(({ held }) => !(held.has(dimension) && held.get(dimension) === category));
      found.push(obj({ dimension, category, topic: topicOf(box, rest) }));
      await pause();
    }
  }
  return found;
}

function withoutTheme(box) {
  const { round: a, count } = box;
  if (count.size <= 2) return [];
  return count.themes
    .filter((x) => x !== box.topics[0])
    .map((x) => {
      const keep = (_, y) => y !== x;
      const lesser = { ...a, keys: a.keys.filter(keep), objectives: a.objectives.filter(keep) };
      const worth = box.worth.map(([ballot, value]) => [ballotWithout(ballot, x), value]);
      return obj({ theme: a.keys[x], topic: lesser.keys[new Count(lesser, box.ties.filter(keep), worth).topic()] });
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
    found.push(obj({ targets: new Map(way), topic: box.round.keys[new Count(box.round, box.ties, worth).topic()] }));
    await pause();
  }
  return found;
}

// ---- drawing again

/** Ballots in the order in which they are drawn: by cell, and in it by all that they say. */
class Urn {
  constructor(box) {
    this.box = box;
    const spread = sorted(mapOf(box.round.rule("spread")).keys());
    const cells = new Map();
    for (const ballot of box.round.ballots) {
      const key = box.balance.keyOf(ballot);
      if (!cells.has(key)) cells.set(key, []);
      cells.get(key).push(ballot);
    }
    this.ballots = [];
    this.first = []; // of each ballot, the place of the first one that is equal
    this.keys = [];
    this.stretches = [];
    const said = (ballot) => [
      ballot.tiers.map(int),
      int(ballot.mask >>> 0),
      ballot.base,
      spread.map((dimension) => at(ballot.held, dimension)),
    ];
    for (const key of sorted(cells.keys(), (each) => box.balance.cells.get(each))) {
      const inside = sorted(cells.get(key).map((ballot) => ({ ballot, said: said(ballot) })), (each) => each.said);
      this.stretches.push([this.ballots.length, inside.length]);
      inside.forEach((each, place) => {
        const like = place && equal(inside[place - 1].said, each.said);
        this.first.push(like ? this.first[this.first.length - 1] : this.ballots.length);
        this.ballots.push(each.ballot);
        this.keys.push(key);
      });
    }
  }

  draw(replicate) {
    const total = this.ballots.length;
    const stream = shakeNumbers(`${this.box.round.seed}|resample|${replicate}`, total);
    const counts = new Uint32Array(total);
    for (const [from, size] of this.stretches) {
      for (let place = from; place < from + size; place += 1) {
        const drawn = from + Math.floor((stream[place] * size) / 2 ** 32);
        counts[this.first[drawn]] += 1;
      }
    }
    return counts;
  }

  /** The ballots drawn with their values, and how often each was. */
  worth(counts) {
    const { micro } = this.box;
    const worth = [];
    const times = [];
    this.ballots.forEach((ballot, place) => {
      if (!counts[place]) return;
      worth.push([ballot, ballot.base * micro.get(this.keys[place]) * BigInt(counts[place])]);
      times.push(counts[place]);
    });
    return { worth, times };
  }
}

async function resampling(box, pause) {
  const urn = new Urn(box);
  const size = box.round.keys.length;
  const known = new Map(); // the same is drawn again where there are few ballots
  const places = Array.from({ length: size }, () => new Array(size).fill(0));
  let hits = 0;
  for (let replicate = 0; replicate < box.replicates; replicate += 1) {
    const counts = urn.draw(replicate);
    const drawn = counts.join();
    if (!known.has(drawn)) {
      const { worth, times } = urn.worth(counts);
      const count = new Count(box.round, box.ties, worth, times);
      const order = count.order();
      const outcome = { order, same: count.topic(order) === box.topics[0] };
      if (known.size < 5000) known.set(drawn, outcome);
      tally(outcome);
    } else tally(known.get(drawn));
    if (replicate % 10 === 9) await pause((replicate + 1) / box.replicates);
  }
  function tally(outcome) {
    if (outcome.same) hits += 1;
    outcome.order.forEach((x, place) => {
      places[x][place] += 1;
    });
  }
  const ends = places.map((times) =>
    [5, 95].map((part) => {
      let reached = 0;
      let place = 0;
      while (reached * 100 < part * box.replicates) {
        reached += times[place];
        place += 1;
      }
      return int(place);
    }),
  );
  return { percent: rounded(new Q(BigInt(100 * hits), BigInt(box.replicates))), ends };
}

async function checkFirmness(box, pause) {
  const given = maybe(box.json("result.json"), "firmness");
  const { keys } = box.round;
  const expected = obj({
    margin: new Recast(box).margin(),
    leave_one_out: await leaveOneOut(box, pause),
    without_theme: withoutTheme(box),
    other_targets: await otherTargets(box, pause),
    unweighted: keys[box.plain.topic()],
    country_equal: keys[box.level.topic()],
  });
  const told = new Map([...mapOf(given)].filter(([name]) => name !== "resampling_percent"));
  same(expected, told, "result.json", "firmness");
  const { percent, ends } = await resampling(box, pause);
  box.ranges = ends;
  same(percent, maybe(given, "resampling_percent"), "result.json", "firmness.resampling_percent");
  const themes = listOf(at(box.json("result.json"), "themes"));
  ends.slice(0, themes.length).forEach((range, number) => {
    same(range, maybe(themes[number], "places"), "result.json", `themes[${number}].places`);
  });
  return ["percent", { n: percent }];
}

async function checkRobustness(box, pause) {
  const a = box.round;
  const margin = new Recast(box).margin();
  const expected = obj({
    format: "consulta-robustness/2",
    bundle_sha256: digestOf(box.bytes("bundle.json")),
    seed: a.seed,
    method: a.rule("method"),
    topic: a.keys[box.topics[0]],
    margin,
  });
  const added = addedDimensions(a);
  if (added.length) {
    const lines = await leaveOneOut(box, pause, added);
    if (lines.length) expected.set("leave_one_out", lines);
    const told = [...mapOf(a.rule("balance")).keys(), ...mapOf(a.rule("spread")).keys()];
    const untold = added.filter((dimension) => !told.includes(dimension));
    if (untold.length) expected.set("voices", voicesIn(a, box.worth, box.count, untold));
  }
  if (box.json("robustness.json").has("places")) {
    // Not in rounds that were counted before these were kept.
    expected.set("places", box.ranges.map(([best, worst], x) => obj({ theme: a.keys[x], best, worst })));
  }
  same(expected, box.json("robustness.json"), "robustness.json");
  if (margin.get("enough") === null) return ["margin_none", {}];
  return ["margin", { a: margin.get("at_least"), b: margin.get("enough") }];
}
