// The count (section 3): from ballots with values to points, support, orders and topics.

const SAFE = 2 ** 52;

function sum(values) {
  return values.reduce((total, value) => total + value, 0n);
}

function commonMultiple(most) {
  let unit = 1;
  for (let part = 2; part <= most; part += 1) unit *= part / Number(commonOf(BigInt(unit), BigInt(part)));
  return unit;
}

/**
 * What a set of ballots says; `worth` is a list of [ballot, value], `times` how many ballots each stands for.
 * Sums that stay below 2^52 are made of numbers of the machine, which are exact there and add up faster.
 */
class Count {
  constructor(a, ties, worth, { times = null, method = null, share = null } = {}) {
    this.round = a;
    this.ties = ties;
    this.times = times ?? new Array(worth.length).fill(1);
    this.ballots = worth.map(([ballot]) => ballot);
    this.method = method ?? a.rule("method");
    this.wantedShare = share ?? whole(a.rule("objective_share"));
    this.size = a.keys.length;
    this.themes = a.keys.map((_, x) => x);
    this.most = BigInt(2 * (this.size - 1));
    this.begin(worth.map(([, value]) => value));
  }

  begin(values) {
    const total = values.reduce((all, value) => all + Number(value), 0);
    this.unit = commonMultiple(this.size); // in which every equal part of a value is whole
    const light = total * Math.max(2 * this.size, this.unit) < SAFE;
    this.number = light ? Number : BigInt;
    this.values = values.map(this.number);
    const add = this.number(0);
    let value = add;
    let named = add;
    const won = new Array(this.size).fill(add);
    const marks = new Array(OBJECTIVES).fill(add);
    this.ballots.forEach(({ mask, wins }, place) => {
      const own = this.values[place];
      value += own;
      for (let x = 0; x < this.size; x += 1) won[x] += own * this.number(wins[x]);
      if (!mask) return;
      named += own;
      for (let bit = 0; bit < OBJECTIVES; bit += 1) if ((mask >> bit) & 1) marks[bit] += own;
    });
    this.value = BigInt(value);
    this.won = won.map(BigInt);
    this.named = BigInt(named);
    this.marks = marks.map(BigInt);
    this.share = this.named ? this.wantedShare : 0n;
  }

  /** The same ballots and values, asked otherwise: by another method, share of relevance, or other objectives. */
  asked(changes) {
    const found = Object.assign(Object.create(Count.prototype), this, changes);
    found.share = found.named ? found.wantedShare : 0n;
    return found;
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

  /** By dimension of spread: of each category its ballots, its value, and what each theme wins there. */
  byKind() {
    if (this.kinds) return this.kinds;
    const { number, size } = this;
    const zero = number(0);
    this.kinds = this.round.kinds.map(([dimension, names], d) => {
      const ballots = new Array(names.length).fill(0);
      const value = new Array(names.length).fill(zero);
      const won = new Array(names.length * size).fill(zero);
      this.ballots.forEach(({ spots, wins }, place) => {
        const spot = spots[d];
        const own = this.values[place];
        ballots[spot] += this.times[place];
        value[spot] += own;
        for (let x = 0; x < size; x += 1) won[spot * size + x] += own * number(wins[x]);
      });
      return { dimension, names, ballots, value: value.map(BigInt), won: won.map(BigInt) };
    });
    return this.kinds;
  }

  // 3.4
  spread() {
    if (this.support) return this.support;
    const few = Number(this.round.rule("support_min"));
    const supported = this.themes.map(() => new Map());
    const required = new Map();
    const counted = new Map();
    const rules = mapOf(this.round.rule("spread"));
    for (const { dimension, names, ballots, value, won } of this.byKind()) {
      const there = names.map((_, spot) => spot).filter((spot) => ballots[spot] && ballots[spot] >= few);
      counted.set(dimension, there.map((spot) => names[spot]));
      required.set(dimension, leastWhole(whole(rules.get(dimension)) * BigInt(there.length), 1000n));
      for (const x of this.themes) {
        const fits = (spot) => won[spot * this.size + x] >= BigInt(this.size - 1) * value[spot];
        supported[x].set(dimension, there.filter(fits).map((spot) => names[spot]));
      }
    }
    this.support = { supported, required, counted };
    return this.support;
  }

  hasSpread(x) {
    const { supported, required } = this.spread();
    return [...required].every(([dimension, number]) => BigInt(supported[x].get(dimension).length) >= number);
  }

  /** The smallest of supporting to required, over the dimensions that ask for any; one where none does. */
  ratio(x) {
    const { supported, required } = this.spread();
    let least = null;
    for (const [dimension, number] of required) {
      if (!number) continue;
      const here = new Q(BigInt(supported[x].get(dimension).length), number);
      if (least === null || here.compare(least) < 0) least = here;
    }
    return least ?? new Q(1n);
  }

  // 3.1
  pairs() {
    if (this.table) return this.table;
    const { number, size } = this;
    const two = number(2);
    const table = this.themes.map(() => new Array(size).fill(number(0)));
    this.ballots.forEach(({ tiers }, place) => {
      const own = this.values[place];
      for (let x = 0; x < size; x += 1) {
        for (let y = 0; y < size; y += 1) {
          if (tiers[x] < tiers[y]) table[x][y] += two * own;
          else if (x !== y && tiers[x] === tiers[y]) table[x][y] += own;
        }
      }
    });
    this.table = table.map((row) => row.map(BigInt));
    return this.table;
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
    const { number, unit } = this;
    const left = [...among];
    const steps = [];
    while (left.length) {
      const totals = new Map(left.map((x) => [x, number(0)]));
      let exhausted = number(0);
      this.ballots.forEach(({ tiers }, place) => {
        let best = UNRANKED;
        for (const x of left) if (tiers[x] < best) best = tiers[x];
        if (best === UNRANKED) {
          exhausted += this.values[place];
          return;
        }
        const top = left.filter((x) => tiers[x] === best);
        const part = this.values[place] * number(unit / top.length);
        for (const x of top) totals.set(x, totals.get(x) + part);
      });
      const out = left.reduce((worst, x) => {
        const [mine, other] = [totals.get(x), totals.get(worst)];
        return mine < other || (mine === other && this.ties[x] > this.ties[worst]) ? x : worst;
      });
      const whole_ = new Map([...totals].map(([x, total]) => [x, BigInt(total)]));
      steps.push({ totals: whole_, unit: BigInt(unit), exhausted: BigInt(exhausted), out });
      left.splice(left.indexOf(out), 1);
    }
    return steps;
  }

  order(method = this.method) {
    if (method === "points") return this.byPoints();
    if (method === "schulze") return this.bySchulze();
    if (method === "runoff") return this.runoff().map(({ out }) => out).reverse();
    throw new Unreadable();
  }

  /** The next topic: the first of an order with spread; where none has, of the largest ratio the first. */
  next(order, chosen) {
    const rest = order.filter((x) => !chosen.includes(x));
    const first = rest.find((x) => this.hasSpread(x));
    if (first !== undefined) return first;
    if (!rest.length) throw new Unreadable();
    return rest.reduce((best, x) => (this.ratio(x).compare(this.ratio(best)) > 0 ? x : best));
  }

  get wanted() {
    return Number(whole(this.round.rule("topics")));
  }

  orderedTopics() {
    const order = this.order();
    const chosen = [];
    while (chosen.length < this.wanted) chosen.push(this.next(order, chosen));
    return chosen;
  }

  sharedTopics() {
    const chosen = [this.next(this.order(), [])];
    while (chosen.length < this.wanted) {
      // In this unit every half, third … of a value is whole.
      const unit = BigInt(commonMultiple(chosen.length + 1));
      const worth = this.ballots.map((ballot, place) => {
        const have = chosen.filter((x) => ballot.tiers[x] <= 3).length;
        return [ballot, (BigInt(this.values[place]) * unit) / BigInt(1 + have)];
      });
      const { times, method, wantedShare: share } = this;
      const step = new Count(this.round, this.ties, worth, { times, method, share });
      const rest = this.themes.filter((x) => !chosen.includes(x));
      const order = method === "runoff" ? step.runoff(rest).map(({ out }) => out).reverse() : step.order();
      chosen.push(step.next(order, chosen));
    }
    return chosen;
  }

  /** The topics by the rule of the round. */
  topics() {
    const rule = this.round.rule("topics_rule");
    return rule === "shared" ? this.sharedTopics() : this.orderedTopics();
  }

  heard(topics) {
    const there = this.values.filter((_, place) => topics.some((x) => this.ballots[place].tiers[x] <= 3));
    return new Q(sum(there.map(BigInt)), this.value);
  }
}

/** 1.2: the place of each theme in the tie order. */
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

/** The dimensions of which the result tells by category: those of the rules. */
function dimensionsOfRules(a) {
  return sorted(new Set([...mapOf(a.rule("balance")).keys(), ...mapOf(a.rule("spread")).keys()]));
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

/** Count by the rules alone: what the checks of the result, of the panel and of figures need. */
function countAll(box) {
  const a = box.round;
  box.ties = tiePlaces(a);
  box.worth = worthBy(box.balance, box.micro, a.ballots);
  box.count = new Count(a, box.ties, box.worth);
  box.plain = new Count(a, box.ties, a.ballots.map((ballot) => [ballot, ballot.base]));
  const level = new Balance(a, obj({ country: "equal" }), [new Q(0n), null]);
  box.level = new Count(a, box.ties, worthBy(level, level.micro(a.ballots), a.ballots));
  box.order = box.count.order();
  box.topics = box.count.topics();
}

function checkCount(box) {
  countAll(box);
  const { round: a, count } = box;
  const { keys } = a;
  const result = box.json("result.json");
  const given = new Map([...result].filter(([name]) => name !== "firmness" && name !== "panel"));
  // Where a theme stood in the repetitions is held against them with the rest of how firm the topics are.
  const told = listOf(at(given, "themes")).map((theme) => new Map([...mapOf(theme)].filter(([name]) => name !== "places")));
  given.set("themes", told);
  const named = (themes) => themes.map((x) => keys[x]);
  const chosen = listOf(at(given, "topics")).map((topic) => at(topic, "key"));
  const first = ["topics", { expected: named(box.topics), found: chosen }];
  need(equal(named(box.topics), chosen), "result.json", "topics", named(box.topics), chosen, first);
  const themes = count.themes.map((x) => themeReport(box, x));
  for (const name of ["place", "score_percent"]) {
    themes.slice(0, told.length).forEach((theme, number) => {
      const [mine, theirs] = [theme.get(name), maybe(told[number], name)];
      if (equal(mine, theirs) || !equal(theme.get("key"), maybe(told[number], "key"))) return;
      const values = { theme: theme.get("key"), expected: mine, found: theirs };
      throw new Differs("result.json", `themes[${number}].${name}`, short(mine), short(theirs), [name.split("_")[0], values]);
    });
  }
  same(countReport(box, themes), given, "result.json");
  return ["topic", { theme: named(box.topics) }];
}

function countReport(box, themes) {
  const { round: a, count } = box;
  const { keys } = a;
  const named = (list) => list.map((x) => keys[x]);
  const pairs = count.pairs();
  const winner = count.themes.find((x) => count.themes.every((y) => x === y || pairs[x][y] > pairs[y][x]));
  const { required, counted } = count.spread();
  const few = ([dimension, names]) => [dimension, names.filter((name) => !counted.get(dimension).includes(name))];
  const chosen = { shared: count.sharedTopics(), order: count.orderedTopics() };
  return obj({
    format: "consulta-result/3",
    rules_version: 3n,
    bundle_sha256: digestOf(box.bytes("bundle.json")),
    ballots_root: a.root,
    seed: a.seed,
    weights: weightsReport(box, box.worth),
    support: obj({ required, too_few: new Map(a.kinds.map(few)) }),
    themes,
    pairs,
    order: obj({
      ...Object.fromEntries(["points", "schulze", "runoff"].map((method) => [method, named(count.order(method))])),
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
    topics_by: obj({ shared: named(chosen.shared), order: named(chosen.order) }),
    heard: obj({ ...withPercent("shared", count.heard(chosen.shared)), ...withPercent("order", count.heard(chosen.order)) }),
    alike: heldAlike(count),
    objectives: Array.from({ length: OBJECTIVES }, (_, place) =>
      obj({ number: int(place + 1), ...withPercent("share", count.objective(place + 1)) }),
    ),
    voices: voicesIn(a, box.worth, count, [
      ...ALWAYS_THERE.filter((name) => [...a.seats.values()].some(({ held }) => held.has(name))),
      ...dimensionsOfRules(a),
    ]),
    runoff: count.runoff().map(({ totals, unit, exhausted, out }) =>
      obj({
        totals: [...totals].map(([x, part]) => obj({ key: keys[x], ...withPercent("share", new Q(part, unit * count.value)) })),
        ...withPercent("exhausted", new Q(exhausted, count.value)),
        out: keys[out],
      }),
    ),
  });
}

/** 3.6: the pairs that most of those who name one of them hold together. */
function heldAlike(count) {
  const found = [];
  for (const x of count.themes) {
    for (const y of count.themes.slice(x + 1)) {
      let either = 0n;
      let near = 0n;
      count.ballots.forEach(({ tiers }, place) => {
        if (tiers[x] === UNRANKED && tiers[y] === UNRANKED) return;
        const value = BigInt(count.values[place]);
        either += value;
        if (Math.abs(tiers[x] - tiers[y]) <= 1) near += value;
      });
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

/** 2.4: all of it exact in the micro-weights. */
function weightsReport(box, worth) {
  const { round: a, balance } = box;
  const total = box.count.value;
  const number = int(worth.length);
  const aims = balance.targets([...box.micro.keys()].map((key) => balance.cells.get(key)));
  const every = balance.everyTarget();
  const bases = balance.basesOf(a.ballots);
  const cap = balance.cap(bases);
  const margins = [];
  const reach = [];
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
      const target = new Q(at(every, dimension, category), SCALE);
      reach.push(obj({ dimension, category, seats, ballots, target: six(target), needed: neededBy(balance, bases, cap, target) }));
    }
  }
  const values = worth.map(([, value]) => value);
  const weights = [...box.micro.values()];
  const least = (list) => list.reduce((one, other) => (other < one ? other : one));
  const most = (list) => list.reduce((one, other) => (other > one ? other : one));
  const told = cappedCells(box, bases, cap);
  const effect = new Q(number * sum(values.map((value) => value * value)), total * total);
  return obj({
    met: largest.compare(new Q(1n, 10000n)) <= 0,
    largest_miss: six(largest),
    at_bounds: int(told.filter((cell) => cell.get("at_bound") !== null).length),
    smallest: least(weights),
    largest: most(weights),
    cap: cap.word,
    ballot_limit: cap.word === "held" ? cap.part.toString() : null,
    heaviest: obj({
      ...withPercent("share", new Q(most(values), total)),
      times: new Q(most(values), least(values)).toString(),
    }),
    cells: told,
    margins,
    reach,
    design_effect: six(effect),
    effective_ballots: six(new Q(number).over(effect)),
  });
}

/** 2.4: how many ballots of base 1 could carry a share alone; rounded to 12 decimals before it goes up. */
function neededBy(balance, bases, cap, target) {
  const total = sum([...bases.values()]);
  const alone = balance.high.over(new Q(total));
  const most = cap.word === "lifted" || alone.compare(cap.part) < 0 ? alone : cap.part;
  const places = 10n ** 12n;
  return leastWhole(rounded(target.over(most).times(new Q(places))), places);
}

function categoriesOf(balance, cell) {
  return new Map(balance.dimensions.map((dimension, place) => [dimension, cell[place]]));
}

function cappedCells(box, bases, { upper }) {
  const { balance } = box;
  const [low, high] = [balance.low, balance.high].map(microOfFraction);
  return [...box.micro].map(([key, micro]) => {
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
}
