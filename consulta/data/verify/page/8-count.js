// The count (sections 3, 9.3, 9.4): from ballots with values to points, support, orders and topics.

const SAFE = 2n ** 52n;

function sum(values) {
  return values.reduce((total, value) => total + value, 0n);
}

/** What a set of ballots says; `worth` is a list of [ballot, value], `times` how many ballots each stands for. */
class Count {
  constructor(a, ties, worth, times = null) {
    this.round = a;
    this.ties = ties;
    this.times = times ?? worth.map(() => 1);
    this.worth = worth;
    this.size = a.keys.length;
    this.themes = a.keys.map((_, x) => x);
    this.most = BigInt(2 * (this.size - 1));
    this.value = sum(worth.map(([, value]) => value));
    // Sums below 2^52 are exact as numbers of the machine, which add up faster.
    this.light = this.value * (this.most + 2n) < SAFE ? worth.map(([, value]) => Number(value)) : null;
    this.won = this.wonBy(worth.keys());
    this.named = 0n;
    this.marks = new Array(OBJECTIVES).fill(0n);
    for (const [ballot, value] of worth) {
      if (!ballot.mask) continue;
      this.named += value;
      for (let bit = 0; bit < OBJECTIVES; bit += 1) if ((ballot.mask >> bit) & 1) this.marks[bit] += value;
    }
    this.share = this.named ? whole(a.rule("objective_share")) : 0n;
  }

  /** What each theme wins over these ballots, given by their places. */
  wonBy(places) {
    if (this.light) {
      const won = new Float64Array(this.size);
      for (const place of places) {
        const { wins } = this.worth[place][0];
        const value = this.light[place];
        for (let x = 0; x < this.size; x += 1) won[x] += value * wins[x];
      }
      return Array.from(won, BigInt);
    }
    const won = new Array(this.size).fill(0n);
    for (const place of places) {
      const [ballot, value] = this.worth[place];
      for (let x = 0; x < this.size; x += 1) won[x] += value * BigInt(ballot.wins[x]);
    }
    return won;
  }

  // 3.2, 3.3
  points(x) {
    return new Q(this.won[x], this.most * this.value);
  }

  objective(number) {
    return this.named ? new Q(this.marks[number - 1], this.named) : new Q(0n);
  }

  relevance(x) {
    const numbers = this.round.objectives[x];
    const marks = sum(numbers.map((number) => this.marks[number - 1]));
    return this.named ? new Q(marks, this.named * BigInt(numbers.length)) : new Q(0n);
  }

  score(x) {
    const points = this.points(x).times(new Q(1000n - this.share));
    return points.plus(this.relevance(x).times(new Q(this.share))).over(new Q(1000n));
  }

  // 3.4, 9.3
  spread() {
    if (this.support) return this.support;
    const few = this.round.rules.has("support_min") ? Number(this.round.rule("support_min")) : 1;
    const supported = this.themes.map(() => new Map());
    const required = new Map();
    const counted = new Map();
    const rules = mapOf(this.round.rule("spread"));
    for (const dimension of sorted(rules.keys())) {
      const here = new Map();
      this.worth.forEach(([ballot], place) => {
        const name = at(ballot.held, dimension);
        if (!here.has(name)) here.set(name, { places: [], ballots: 0 });
        here.get(name).places.push(place);
        here.get(name).ballots += this.times[place];
      });
      const names = sorted([...here.keys()].filter((name) => here.get(name).ballots >= few));
      counted.set(dimension, names);
      required.set(dimension, leastWhole(whole(rules.get(dimension)) * BigInt(names.length), 1000n));
      for (const x of this.themes) supported[x].set(dimension, []);
      for (const name of names) {
        const { places } = here.get(name);
        const half = BigInt(this.size - 1) * sum(places.map((place) => this.worth[place][1]));
        this.wonBy(places).forEach((won, x) => {
          if (won >= half) supported[x].get(dimension).push(name);
        });
      }
    }
    this.support = { supported, required, counted };
    return this.support;
  }

  hasSpread(x) {
    const { supported, required } = this.spread();
    return [...required].every(([dimension, number]) => BigInt(supported[x].get(dimension).length) >= number);
  }

  /** The smallest of supporting to required, over the dimensions that ask for any; null where none does. */
  ratio(x) {
    const { supported, required } = this.spread();
    let least = null;
    for (const [dimension, number] of required) {
      if (!number) continue;
      const here = new Q(BigInt(supported[x].get(dimension).length), number);
      if (least === null || here.compare(least) < 0) least = here;
    }
    return least;
  }

  // 3.1
  pairs() {
    if (this.table) return this.table;
    const table = this.themes.map(() => new Array(this.size).fill(0n));
    for (const [{ tiers }, value] of this.worth) {
      for (let x = 0; x < this.size; x += 1) {
        for (let y = 0; y < this.size; y += 1) {
          if (tiers[x] < tiers[y]) table[x][y] += 2n * value;
          else if (x !== y && tiers[x] === tiers[y]) table[x][y] += value;
        }
      }
    }
    this.table = table;
    return table;
  }

  // 3.5
  byPoints() {
    const score = this.themes.map((x) => this.score(x));
    const relevance = this.themes.map((x) => this.relevance(x));
    const wins = (x, y) => (this.won[y] > this.won[x] ? 1 : this.won[y] < this.won[x] ? -1 : 0);
    return [...this.themes].sort(
      (x, y) => score[y].compare(score[x]) || wins(x, y) || relevance[y].compare(relevance[x]) || this.ties[x] - this.ties[y],
    );
  }

  bySchulze() {
    const pairs = this.pairs();
    const path = this.themes.map((x) => this.themes.map((y) => (pairs[x][y] > pairs[y][x] ? pairs[x][y] - pairs[y][x] : 0n)));
    for (const via of this.themes) {
      for (const x of this.themes) {
        const first = path[x][via];
        for (const y of this.themes) {
          const weaker = first < path[via][y] ? first : path[via][y];
          if (weaker > path[x][y]) path[x][y] = weaker;
        }
      }
    }
    const beaten = this.themes.map((x) => this.themes.filter((y) => path[x][y] > path[y][x]).length);
    const wins = (x, y) => (this.won[y] > this.won[x] ? 1 : this.won[y] < this.won[x] ? -1 : 0);
    return [...this.themes].sort((x, y) => beaten[y] - beaten[x] || wins(x, y) || this.ties[x] - this.ties[y]);
  }

  /** The steps of the run-off: what each theme left has, what is exhausted, who goes. */
  runoff(among = this.themes) {
    // Values are split among up to as many themes as there are: in these units every part is whole.
    let unit = 1n;
    for (let part = 2n; part <= BigInt(this.size); part += 1n) unit = (unit / commonOf(unit, part)) * part;
    const left = [...among];
    const steps = [];
    while (left.length) {
      const totals = new Map(left.map((x) => [x, 0n]));
      let exhausted = 0n;
      for (const [{ tiers }, value] of this.worth) {
        const best = left.reduce((least, x) => Math.min(least, tiers[x]), UNRANKED);
        if (best === UNRANKED) {
          exhausted += value;
          continue;
        }
        const top = left.filter((x) => tiers[x] === best);
        const part = (value * unit) / BigInt(top.length);
        for (const x of top) totals.set(x, totals.get(x) + part);
      }
      const out = left.reduce((worst, x) => {
        const [mine, other] = [totals.get(x), totals.get(worst)];
        return mine < other || (mine === other && this.ties[x] > this.ties[worst]) ? x : worst;
      });
      steps.push({ totals, unit, exhausted, out });
      left.splice(left.indexOf(out), 1);
    }
    return steps;
  }

  order(method = this.round.rule("method")) {
    if (method === "points") return this.byPoints();
    if (method === "schulze") return this.bySchulze();
    if (method === "runoff") return this.runoff().map(({ out }) => out).reverse();
    throw new Unreadable();
  }

  /** The topics in an order: those with spread, then those that are nearest to it. */
  topics(order = this.order()) {
    const have = order.filter((x) => this.hasSpread(x));
    const rest = order.filter((x) => !this.hasSpread(x));
    const reach = new Map(rest.map((x) => [x, this.ratio(x) ?? new Q(1n)]));
    const ranked = rest.map((x, place) => ({ x, place })).sort((a, b) => reach.get(b.x).compare(reach.get(a.x)) || a.place - b.place);
    return [...have, ...ranked.map(({ x }) => x)].slice(0, Number(whole(this.round.rule("topics"))));
  }

  topic(order) {
    const found = this.topics(order);
    if (!found.length) throw new Unreadable();
    return found[0];
  }

  // 9.4
  sharedTopics() {
    const chosen = [this.topic()];
    const wanted = Number(whole(this.round.rule("topics")));
    let unit = 1n;
    while (chosen.length < wanted) {
      const most = BigInt(chosen.length + 1);
      unit = (unit / commonOf(unit, most)) * most;
      const worth = this.worth.map(([ballot, value]) => {
        const have = chosen.filter((x) => ballot.tiers[x] <= 3).length;
        return [ballot, (value * unit) / BigInt(1 + have)];
      });
      const step = new Count(this.round, this.ties, worth);
      const rest = this.themes.filter((x) => !chosen.includes(x));
      const order =
        this.round.rule("method") === "runoff"
          ? step.runoff(rest).map(({ out }) => out).reverse()
          : step.order().filter((x) => rest.includes(x));
      chosen.push(step.topic(order));
    }
    return chosen;
  }

  heard(topics) {
    const there = this.worth.filter(([{ tiers }]) => topics.some((x) => tiers[x] <= 3)).map(([, value]) => value);
    return new Q(sum(there), this.value);
  }
}

/** Section 4: the place of each theme in the tie order. */
function tiePlaces(a) {
  const order = sorted(a.keys, (key) => digestOf(bytesOf(`${a.seed}|theme|${key}`)));
  return a.keys.map((key) => order.indexOf(key));
}

function worthBy(balance, micro, ballots) {
  return ballots.map((ballot) => {
    const weight = micro.get(balance.keyOf(ballot));
    if (weight === undefined) throw new Unreadable();
    return [ballot, ballot.base * weight];
  });
}

function byCategory(a, worth, dimension) {
  const found = new Map();
  for (const { held } of a.seats.values()) {
    if (!held.has(dimension)) continue;
    const name = held.get(dimension);
    if (!found.has(name)) found.set(name, { seats: 0n, ballots: 0n, value: 0n });
    found.get(name).seats += 1n;
  }
  for (const [ballot, value] of worth) {
    if (!ballot.held.has(dimension)) continue;
    const line = found.get(ballot.held.get(dimension));
    line.ballots += 1n;
    line.value += value;
  }
  return new Map(sorted(found.keys()).map((name) => [name, found.get(name)]));
}

function addedDimensions(a) {
  return others([...a.seats.values()].flatMap(({ held }) => [...held.keys()]));
}

function voicesIn(a, worth, count, dimensions) {
  return sorted(new Set(dimensions)).flatMap((dimension) =>
    [...byCategory(a, worth, dimension)].map(([category, { seats, ballots, value }]) =>
      obj({
        dimension,
        category,
        seats,
        ballots,
        ...withPercent("share", new Q(ballots, int(worth.length))),
        ...withPercent("weighted", new Q(value, count.value)),
      }),
    ),
  );
}

function checkCount(box) {
  const a = box.round;
  const { keys } = a;
  const result = box.json("result.json");
  const ties = tiePlaces(a);
  const worth = worthBy(box.balance, box.micro, a.ballots);
  box.worth = worth;
  box.ties = ties;
  const count = new Count(a, ties, worth);
  box.count = count;
  box.plain = new Count(a, ties, a.ballots.map((ballot) => [ballot, ballot.base]));
  const level = new Balance(a, obj({ country: "equal" }), [new Q(0n), null]);
  box.level = new Count(a, ties, worthBy(level, level.micro(a.ballots), a.ballots));
  const orders = new Map(["points", "schulze", "runoff"].map((method) => [method, count.order(method)]));
  box.order = at(orders, a.rule("method"));
  box.topics = count.topics(box.order);
  const more = topicsPart(box);
  const pairs = count.pairs();
  const named = (themes) => themes.map((x) => keys[x]);
  const winner = count.themes.find((x) => count.themes.every((y) => x === y || pairs[x][y] > pairs[y][x]));
  const expected = obj({
    format: "consulta-result/2",
    bundle_sha256: digestOf(box.bytes("bundle.json")),
    seed: a.seed,
    ...more,
    weights: weightsReport(box, worth),
    themes: count.themes.map((x) => themeReport(box, x)),
    pairs,
    order: obj({
      ...Object.fromEntries([...orders].map(([method, order]) => [method, named(order)])),
      unweighted: named(box.plain.order()),
      country_equal: named(box.level.order()),
    }),
    condorcet_winner: winner === undefined ? null : keys[winner],
    topics: box.topics.map((x) =>
      obj({
        key: keys[x],
        spread_met: count.hasSpread(x),
        focus: [...a.objectives[x]]
          .sort((one, two) => {
            const [mine, other] = [count.marks[one - 1], count.marks[two - 1]];
            return mine > other ? -1 : mine < other ? 1 : one - two;
          })
          .map(int),
      }),
    ),
    objectives: Array.from({ length: OBJECTIVES }, (_, place) =>
      obj({ number: int(place + 1), ...withPercent("share", count.objective(place + 1)) }),
    ),
    voices: voicesIn(a, worth, count, [
      ...ALWAYS_THERE.filter((name) => [...a.seats.values()].some(({ held }) => held.has(name))),
      ...mapOf(a.rule("balance")).keys(),
      ...mapOf(a.rule("spread")).keys(),
    ]),
    runoff: count.runoff().map(({ totals, unit, exhausted, out }) =>
      obj({
        totals: [...totals].map(([x, part]) => obj({ key: keys[x], ...withPercent("share", new Q(part, unit * count.value)) })),
        ...withPercent("exhausted", new Q(exhausted, count.value)),
        out: keys[out],
      }),
    ),
  });
  const given = new Map([...result].filter(([name]) => name !== "firmness" && name !== "panel"));
  // Where a theme stood in the replicates is held against them with the rest of how firm it is.
  given.set("themes", listOf(at(given, "themes")).map((theme) => new Map([...mapOf(theme)].filter(([name]) => name !== "places"))));
  same(expected, given, "result.json");
  return ["topic", { key: named(box.topics).join(", ") }];
}

/** Support and topics (section 9), by the rule for several topics. */
function topicsPart(box) {
  const { count, round: a } = box;
  const { required, counted } = count.spread();
  const named = (themes) => themes.map((x) => a.keys[x]);
  const chosen = { shared: count.sharedTopics(), order: count.topics(box.order) };
  box.topics = chosen[a.rule("topics_rule")];
  const few = (dimension) => {
    const there = new Set(a.ballots.map((ballot) => at(ballot.held, dimension)));
    return sorted([...there].filter((name) => !counted.get(dimension).includes(name)));
  };
  let alone = null;
  if (a.rule("method") === "points" && count.named) {
    const points = new Count(a, box.ties, box.worth);
    points.share = 0n;
    alone = a.keys[points.topic()];
  }
  return {
    rules_version: 2n,
    support: obj({ required, too_few: new Map([...required.keys()].map((dimension) => [dimension, few(dimension)])) }),
    topics_by: obj({ shared: named(chosen.shared), order: named(chosen.order) }),
    heard: obj({ ...withPercent("shared", count.heard(chosen.shared)), ...withPercent("order", count.heard(chosen.order)) }),
    alike: heldAlike(count),
    points_alone: alone,
  };
}

/** 9.5: the pairs that most of those who name one of them hold together. */
function heldAlike(count) {
  const found = [];
  for (const x of count.themes) {
    for (const y of count.themes.slice(x + 1)) {
      let either = 0n;
      let near = 0n;
      for (const [{ tiers }, value] of count.worth) {
        if (tiers[x] === UNRANKED && tiers[y] === UNRANKED) continue;
        either += value;
        if (Math.abs(tiers[x] - tiers[y]) <= 1) near += value;
      }
      if (2n * near > either) found.push([count.round.keys[x], count.round.keys[y], new Q(near, either).toString()]);
    }
  }
  return found;
}

function themeReport(box, x) {
  const { count, round: a } = box;
  const places = a.ballots.map((ballot) => ballot.tiers[x]).filter((tier) => tier !== UNRANKED);
  const mean = () => new Q(int(places.reduce((all, place) => all + place, 0)), int(places.length)).toString();
  return obj({
    key: a.keys[x],
    ...withPercent("points", count.points(x)),
    ...withPercent("relevance", count.relevance(x)),
    ...withPercent("score", count.score(x)),
    place: int(box.order.indexOf(x) + 1),
    first: int(places.filter((place) => place === 1).length),
    mentions: int(places.length),
    mean_place: places.length ? mean() : null,
    ...withPercent("unweighted", box.plain.score(x)),
    supported: count.spread().supported[x],
    spread_met: count.hasSpread(x),
  });
}

/** 2.4, and 9.2: all of it exact in the micro-weights. */
function weightsReport(box, worth) {
  const { round: a, balance } = box;
  const total = box.count.value;
  const number = int(worth.length);
  const aims = balance.targets([...box.micro.keys()].map((key) => balance.cells.get(key)));
  const margins = [];
  let largest = new Q(0n);
  for (const dimension of balance.dimensions) {
    for (const [category, { seats, ballots, value }] of byCategory(a, worth, dimension)) {
      const aim = new Q(at(aims, dimension, category), SCALE);
      const miss = new Q(value, total).minus(aim).abs();
      if (miss.compare(largest) > 0) largest = miss;
      margins.push(
        obj({
          dimension,
          category,
          seats,
          ballots,
          ...withPercent("turnout", new Q(ballots, seats)),
          ...withPercent("share", new Q(ballots, number)),
          ...withPercent("weighted", new Q(value, total)),
          target: six(aim),
          miss: six(miss),
          silent: ballots === 0n,
        }),
      );
    }
  }
  const bases = balance.basesOf(a.ballots);
  const values = worth.map(([, value]) => value);
  const weights = [...box.micro.values()];
  const least = (list) => list.reduce((one, other) => (other < one ? other : one));
  const most = (list) => list.reduce((one, other) => (other > one ? other : one));
  const told = cappedCells(box, bases);
  const effect = new Q(number * sum(values.map((value) => value * value)), total * total);
  return obj({
    met: largest.compare(new Q(1n, 10000n)) <= 0,
    largest_miss: six(largest),
    at_bounds: int(told.cells.filter((cell) => cell.get("at_bound") !== null).length),
    smallest: least(weights),
    largest: most(weights),
    cap: told.word,
    ballot_limit: told.word === "held" ? told.part.toString() : null,
    heaviest: obj({
      ...withPercent("share", new Q(most(values), total)),
      times: new Q(most(values), least(values)).toString(),
    }),
    cells: told.cells,
    margins,
    design_effect: six(effect),
    effective_ballots: six(new Q(number).over(effect)),
  });
}

function categoriesOf(balance, cell) {
  return new Map(balance.dimensions.map((dimension, place) => [dimension, cell[place]]));
}

function cappedCells(box, bases) {
  const { balance } = box;
  const { word, part, upper } = balance.cap(bases);
  const [low, high] = [balance.low, balance.high].map(microOfFraction);
  const cells = [...box.micro].map(([key, micro]) => {
    const cell = balance.cells.get(key);
    const each = cell.at(-1);
    const limit = upper.get(each);
    let rests = null;
    if (limit.compare(balance.high) < 0 && micro >= microOfFraction(limit)) rests = "cap";
    else if (micro >= high) rests = "upper";
    else if (micro <= low) rests = "lower";
    return obj({
      categories: categoriesOf(balance, cell),
      each,
      ballots: bases.get(key) / each,
      base: bases.get(key),
      micro,
      at_bound: rests,
    });
  });
  return { cells, word, part };
}
