// Weights (section 2): found with the machine's own numbers, then held against the conditions of 2.3
// with 200 binary places and mended until these hold to 30 decimals, which settles every micro-weight.

const KAPPA = 10 ** 6;
const SCALE = 10n ** 70n; // of targets
const SETTLED = ONE / 10n ** 32n;

function cellKey(cell) {
  return jsonText(cell);
}

/** How the voices are balanced: targets by dimension, bounds, and the cap of a ballot. */
class Balance {
  constructor(a, rule, bounds, capped = false) {
    this.round = a;
    this.rule = rule;
    this.dimensions = sorted(rule.keys());
    [this.low, this.high] = bounds; // fractions; null: no upper bound
    this.capped = capped;
    this.roll = new Map();
    for (const dimension of this.dimensions) {
      const sums = new Map();
      for (const { held, base } of a.seats.values()) {
        const name = at(held, dimension);
        sums.set(name, (sums.get(name) ?? 0n) + base);
      }
      this.roll.set(dimension, sums);
    }
    this.cells = new Map();
    this.known = new Map();
    this.near = null;
  }

  /** The categories of a ballot in the balanced dimensions; with a cap, its base too. */
  cellOf(ballot) {
    const cell = this.dimensions.map((dimension) => at(ballot.held, dimension));
    if (this.capped) cell.push(ballot.base);
    return cell;
  }

  keyOf(ballot) {
    const cell = this.cellOf(ballot);
    const key = cellKey(cell);
    if (!this.cells.has(key)) this.cells.set(key, cell);
    return key;
  }

  /** 2.2: shares by dimension and category, times SCALE; null where what is left has no share at all. */
  targets(cells) {
    const found = new Map();
    for (const [place, dimension] of this.dimensions.entries()) {
      const heard = new Set(cells.map((cell) => cell[place]));
      const rule = this.rule.get(dimension);
      const shares = new Map();
      let sum = new Q(0n);
      for (const [name, base] of this.roll.get(dimension)) {
        let share = new Q(0n);
        if (!heard.has(name)) share = new Q(0n);
        else if (isMap(rule)) share = Q.number(at(rule, name));
        else if (rule === "equal") share = new Q(1n);
        else if (rule === "roll") share = new Q(base);
        else if (rule === "sqrt") share = new Q(squareRoot(base * SCALE * SCALE), SCALE);
        else throw new Unreadable();
        shares.set(name, share);
        sum = sum.plus(share);
      }
      if (sum.n === 0n) return null;
      const part = (share) => rounded(new Q(share.n * sum.d * SCALE, share.d * sum.n));
      found.set(dimension, new Map([...shares].map(([name, share]) => [name, part(share)])));
    }
    return found;
  }

  /** 2.4: the shares that would be heard if every category of the roll were, times SCALE. */
  everyTarget() {
    const all = [...this.round.seats.values()].map(({ held }) => this.dimensions.map((dimension) => at(held, dimension)));
    return this.targets(all);
  }

  basesOf(ballots) {
    const bases = new Map();
    for (const ballot of ballots) {
      const key = this.keyOf(ballot);
      bases.set(key, (bases.get(key) ?? 0n) + ballot.base);
    }
    return bases;
  }

  /** The micro-weight of each cell of these ballots; null where nothing can be counted. */
  micro(ballots) {
    return this.microOf(this.basesOf(ballots));
  }

  microOf(bases) {
    const question = sorted(bases.keys()).map((key) => `${key}=${bases.get(key)}`).join();
    if (!this.known.has(question)) this.known.set(question, this.solved(bases));
    return this.known.get(question);
  }

  keysInOrder(bases) {
    return sorted([...bases.keys()].filter((key) => bases.get(key) > 0n), (key) => this.cells.get(key));
  }

  solved(bases) {
    const keys = this.keysInOrder(bases);
    const cells = keys.map((key) => this.cells.get(key));
    const aims = cells.length ? this.targets(cells) : null;
    if (aims === null) return null;
    const total = keys.reduce((sum, key) => sum + bases.get(key), 0n);
    const limits = this.limits(keys, bases);
    const only = this.onlyWay(keys, bases, limits, total);
    if (only) return only;
    const parts = keys.map((key) => new Q(bases.get(key), total));
    const weights = new Optimum(this, cells, parts, aims, limits).weights();
    return new Map(keys.map((key, place) => [key, weights[place]]));
  }

  /** 2.3: the word for the cap, q, and U_c by the base of a cell's ballots. */
  cap(bases) {
    let total = 0n;
    let ballots = 0n;
    const each = new Set();
    for (const [key, base] of bases) {
      const one = this.cells.get(key).at(-1);
      total += base;
      ballots += base / one;
      if (base) each.add(one);
    }
    const most = new Q(this.round.rule("max_ballot"), 1000n);
    const three = new Q(3n, ballots);
    const part = most.compare(three) < 0 ? three : most;
    const upper = new Map();
    for (const one of each) {
      const limit = new Q(part.n * total, part.d * one);
      upper.set(one, limit.compare(this.high) < 0 ? limit : this.high);
    }
    if ([...upper.values()].every((limit) => limit.compare(this.high) === 0)) return { word: "idle", part, upper };
    let room = new Q(0n);
    for (const [key, base] of bases) if (base) room = room.plus(upper.get(this.cells.get(key).at(-1)).times(new Q(base)));
    if (room.compare(new Q(total)) < 0) {
      return { word: "lifted", part, upper: new Map([...each].map((one) => [one, this.high])) };
    }
    return { word: "held", part, upper };
  }

  /** The bounds of each cell. */
  limits(keys, bases) {
    if (!this.capped) return keys.map(() => [this.low, this.high]);
    const { upper } = this.cap(bases);
    return keys.map((key) => {
      const most = upper.get(this.cells.get(key).at(-1));
      return [this.low.compare(most) < 0 ? this.low : most, most];
    });
  }

  /** The weights where the bounds leave one way alone to a mean of one; else null. */
  onlyWay(keys, bases, limits, total) {
    const one = new Q(1n);
    if (!this.capped) {
      const fixedAtOne = this.low.compare(one) === 0 || (this.high !== null && this.high.compare(one) === 0);
      return fixedAtOne ? new Map(keys.map((key) => [key, MILLION])) : null;
    }
    for (const side of [0, 1]) {
      let sum = new Q(0n);
      keys.forEach((key, place) => {
        sum = sum.plus(limits[place][side].times(new Q(bases.get(key))));
      });
      if (sum.compare(new Q(total)) === 0) {
        return new Map(keys.map((key, place) => [key, microOfFraction(limits[place][side])]));
      }
    }
    return null;
  }
}

/** Rounded half to even to 15 decimals, then to whole micro-weights, and one at least. */
function microOfFraction(weight) {
  const fine = rounded(new Q(weight.n * 10n ** 15n, weight.d));
  const micro = rounded(new Q(fine, 10n ** 9n));
  return micro < 1n ? 1n : micro;
}

/**
 * The optimum of 2.3 by its conditions. With s_c = m + the sum of u_g over the categories of cell c, and
 * w_c = clip(exp(s_c), L_c, U_c): the weighted mean of w is 1, and m_g(w) - T_g + u_g / kappa = 0 for every g.
 */
class Optimum {
  constructor(balance, cells, parts, aims, limits) {
    this.balance = balance;
    const index = new Map();
    this.names = [];
    this.groups = cells.map((cell) =>
      balance.dimensions.map((dimension, place) => {
        const name = jsonText([place, cell[place]]);
        if (!index.has(name)) {
          index.set(name, index.size);
          this.names.push({ name, aim: aims.get(dimension).get(cell[place]) });
        }
        return index.get(name);
      }),
    );
    this.size = this.names.length;
    this.limits = limits;
    // Exact to 200 places, and as numbers of the machine.
    this.parts = parts.map(fixed);
    this.aims = this.names.map(({ aim }) => rounded(new Q(aim << PLACES, SCALE)));
    const logs = new Map();
    const logOf = (bound) => {
      const key = `${bound.n}/${bound.d}`;
      if (!logs.has(key)) logs.set(key, log(bound));
      return logs.get(key);
    };
    this.low = limits.map(([low]) => (low.n ? { weight: fixed(low), log: logOf(low) } : null));
    this.high = limits.map(([, high]) => (high ? { weight: fixed(high), log: logOf(high) } : null));
    this.part = Float64Array.from(this.parts, toNumber);
    this.aim = Float64Array.from(this.aims, toNumber);
    this.lowLog = Float64Array.from(this.low, (bound) => (bound ? toNumber(bound.log) : -Infinity));
    this.highLog = Float64Array.from(this.high, (bound) => (bound ? toNumber(bound.log) : Infinity));
    this.lowWeight = Float64Array.from(this.low, (bound) => (bound ? toNumber(bound.weight) : 0));
    this.highWeight = Float64Array.from(this.high, (bound) => (bound ? toNumber(bound.weight) : Infinity));
  }

  /** For given u: the level m at which the mean of all weights is one. */
  level(sums) {
    const count = sums.length;
    const bends = [];
    for (let c = 0; c < count; c += 1) {
      if (this.lowLog[c] > -Infinity) bends.push(this.lowLog[c] - sums[c]);
      if (this.highLog[c] < Infinity) bends.push(this.highLog[c] - sums[c]);
    }
    bends.sort((a, b) => a - b);
    const mean = (m) => {
      let sum = 0;
      for (let c = 0; c < count; c += 1) sum += this.part[c] * this.weight(c, m + sums[c]);
      return sum;
    };
    // The bends between which the mean passes one.
    let from = 0;
    let to = bends.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (mean(bends[middle]) < 1) from = middle + 1;
      else to = middle;
    }
    const left = from > 0 ? bends[from - 1] : -Infinity;
    const right = from < bends.length ? bends[from] : Infinity;
    const inside = Number.isFinite(left) ? (Number.isFinite(right) ? (left + right) / 2 : left + 1) : Number.isFinite(right) ? right - 1 : 0;
    let rest = 1;
    let most = -Infinity;
    const free = [];
    for (let c = 0; c < count; c += 1) {
      const s = inside + sums[c];
      if (s <= this.lowLog[c]) rest -= this.part[c] * this.lowWeight[c];
      else if (s >= this.highLog[c]) rest -= this.part[c] * this.highWeight[c];
      else {
        free.push(c);
        most = Math.max(most, sums[c]);
      }
    }
    if (!free.length || rest <= 0) return Number.isFinite(right) ? right : left;
    let sum = 0;
    for (const c of free) sum += this.part[c] * Math.exp(sums[c] - most);
    const found = Math.log(rest / sum) - most;
    return Math.min(Math.max(found, left), right);
  }

  weight(c, s) {
    if (s <= this.lowLog[c]) return this.lowWeight[c];
    if (s >= this.highLog[c]) return this.highWeight[c];
    return Math.exp(s);
  }

  /** At a point u: height of the dual with m settled, its slopes, and how they bend. */
  look(u, kappa, bent) {
    const count = this.groups.length;
    const sums = new Float64Array(count);
    for (let c = 0; c < count; c += 1) for (const g of this.groups[c]) sums[c] += u[g];
    const m = this.level(sums);
    const slopes = new Float64Array(this.size);
    const bend = bent ? Array.from({ length: this.size }, () => new Float64Array(this.size)) : null;
    const cross = new Float64Array(this.size);
    let free = 0;
    let height = -m;
    for (let c = 0; c < count; c += 1) {
      const s = m + sums[c];
      const weight = this.weight(c, s);
      const share = this.part[c] * weight;
      const moves = s > this.lowLog[c] && s < this.highLog[c];
      if (moves) height += share;
      else height += this.part[c] * weight * (1 + s - (s <= this.lowLog[c] ? this.lowLog[c] : this.highLog[c]));
      for (const g of this.groups[c]) {
        slopes[g] += share;
        if (moves) cross[g] += share;
        if (moves && bent) for (const k of this.groups[c]) bend[g][k] += share;
      }
      if (moves) free += share;
    }
    let worst = 0;
    for (let g = 0; g < this.size; g += 1) {
      slopes[g] += u[g] / kappa - this.aim[g];
      height += (u[g] * u[g]) / (2 * kappa) - u[g] * this.aim[g];
      worst = Math.max(worst, Math.abs(slopes[g]));
      if (bent) {
        if (free > 0) for (let k = 0; k < this.size; k += 1) bend[g][k] -= (cross[g] * cross[k]) / free;
        bend[g][g] += 1 / kappa;
      }
    }
    return { m, height, slopes, bend, worst };
  }

  /** Down to where the slopes vanish, as near as numbers of the machine allow. */
  descended(start, kappa, steps, enough) {
    let u = start;
    let seen = this.look(u, kappa, true);
    for (let count = 0; count < steps && seen.worst > enough; count += 1) {
      const step = solveSquare(seen.bend, Array.from(seen.slopes, (slope) => -slope));
      if (!step) break;
      let slope = 0;
      for (let g = 0; g < this.size; g += 1) slope += step[g] * seen.slopes[g];
      let length = 1;
      let next = null;
      while (length > 1e-12) {
        const trial = u.map((value, g) => value + length * step[g]);
        const there = this.look(trial, kappa, false);
        if (there.height <= seen.height + 1e-4 * length * slope || there.worst <= 0.5 * seen.worst) {
          next = trial;
          break;
        }
        length /= 2;
      }
      if (!next) break;
      u = next;
      seen = this.look(u, kappa, true);
    }
    return { u, seen };
  }

  weights() {
    let found = null;
    const { near } = this.balance;
    if (near) {
      const start = this.names.map(({ name }) => near.get(name) ?? 0);
      found = this.mended(this.descended(start, KAPPA, 40, 1e-13));
    }
    if (!found) {
      let point = { u: new Array(this.size).fill(0) };
      for (let kappa = 1; kappa <= KAPPA; kappa *= 10) {
        point = this.descended(point.u, kappa, kappa === KAPPA ? 400 : 60, kappa === KAPPA ? 1e-14 : 1e-7);
      }
      found = this.mended(point);
    }
    if (!found) throw new Differs("result.json", "weights", "a solution of 2.3", "none found");
    if (!near) this.balance.near = new Map(this.names.map(({ name }, g) => [name, toNumber(found.u[g])]));
    return found.weights;
  }

  /** The same point with 200 places, mended until the conditions hold; null where they cannot be made to. */
  mended({ u: start, seen }) {
    const u = start.map(fromNumber);
    let m = fromNumber(seen.m);
    const kappa = BigInt(KAPPA);
    let before = null;
    for (let count = 0; count < 80; count += 1) {
      const slopes = this.aims.map((aim) => -aim);
      let mean = -ONE;
      const state = [];
      const size = this.size + 1;
      const bend = Array.from({ length: size }, () => new Float64Array(size));
      let free = 0;
      this.groups.forEach((groups, c) => {
        const s = groups.reduce((sum, g) => sum + u[g], m);
        const [low, high] = [this.low[c], this.high[c]];
        let weight;
        if (low && s <= low.log) [weight, state[c]] = [low.weight, 0];
        else if (high && s >= high.log) [weight, state[c]] = [high.weight, 1];
        else [weight, state[c]] = [exp(s), exp];
        const share = (this.parts[c] * weight) >> PLACES;
        mean += share;
        for (const g of groups) slopes[g] += share;
        if (state[c] === exp) {
          state[c] = weight;
          const part = toNumber(share);
          free += 1;
          const all = [...groups, this.size];
          for (const g of all) for (const k of all) bend[g][k] += part;
        }
      });
      for (let g = 0; g < this.size; g += 1) {
        slopes[g] += u[g] / kappa;
        bend[g][g] += 1 / KAPPA;
      }
      const all = [...slopes, mean];
      const worst = all.reduce((most, slope) => (slope < 0n ? (-slope > most ? -slope : most) : slope > most ? slope : most), 0n);
      if (worst <= SETTLED) return { u, weights: state.map((what, c) => this.settledWeight(c, what)) };
      if (before !== null && count > 40 && worst >= before) return null;
      before = worst;
      if (!free) {
        // Every weight rests on a bound: only the springs move; if the mean is not one, there is no such point.
        if ((mean < 0n ? -mean : mean) > SETTLED) return null;
        for (let g = 0; g < this.size; g += 1) u[g] -= slopes[g] * kappa;
        m = this.levelBetween(u, m);
        continue;
      }
      // The largest slope sets the scale, so that the step is as exact as a Number can be.
      const scale = toNumber(worst);
      const unit = all.map((slope) => -toNumber((slope * ONE) / worst));
      const step = solveSquare(bend, unit);
      if (!step || step.some((value) => !Number.isFinite(value))) return null;
      for (let g = 0; g < this.size; g += 1) u[g] += fromNumber(step[g] * scale);
      m += fromNumber(step[this.size] * scale);
    }
    return null;
  }

  /** A level that leaves every weight on the bound on which the mean is one. */
  levelBetween(u, m) {
    let least = null;
    let most = null;
    this.groups.forEach((groups, c) => {
      const sum = groups.reduce((all, g) => all + u[g], 0n);
      const s = sum + m;
      const [low, high] = [this.low[c], this.high[c]];
      const atLow = low && (!high || s - low.log < high.log - s);
      if (atLow) most = most === null || low.log - sum < most ? low.log - sum : most;
      else if (high) least = least === null || high.log - sum > least ? high.log - sum : least;
    });
    if (least !== null && most !== null) return (least + most) >> 1n;
    return least ?? most ?? m;
  }

  settledWeight(c, what) {
    if (what === 0 || what === 1) return microOfFraction(this.limits[c][what]);
    return microOfFraction(new Q(what, ONE));
  }
}

/** The solution of a square system, by elimination with the largest pivot first; null where there is none. */
function solveSquare(matrix, right) {
  const size = right.length;
  const rows = matrix.map((row, place) => Float64Array.from([...row, right[place]]));
  for (let i = 0; i < size; i += 1) {
    let best = i;
    for (let j = i + 1; j < size; j += 1) if (Math.abs(rows[j][i]) > Math.abs(rows[best][i])) best = j;
    if (!rows[best][i]) return null;
    [rows[i], rows[best]] = [rows[best], rows[i]];
    for (let j = i + 1; j < size; j += 1) {
      const ratio = rows[j][i] / rows[i][i];
      if (ratio) for (let k = i; k <= size; k += 1) rows[j][k] -= ratio * rows[i][k];
    }
  }
  const found = new Array(size).fill(0);
  for (let i = size - 1; i >= 0; i -= 1) {
    let rest = rows[i][size];
    for (let k = i + 1; k < size; k += 1) rest -= rows[i][k] * found[k];
    found[i] = rest / rows[i][i];
  }
  return found;
}

function boundsOf(a) {
  const [low, high, ...more] = listOf(a.rule("weight_bounds"));
  if (more.length) throw new Unreadable();
  return [Q.number(low), Q.number(high)];
}

/** What is counted: the weights that the rules set, and nothing of what a result says of them. */
function weigh(box) {
  const a = box.round;
  box.balance = new Balance(a, mapOf(a.rule("balance")), boundsOf(a), true);
  box.micro = box.balance.micro(a.ballots);
  need(box.micro !== null, "bundle.json", "rules.balance", "targets for those that voted", "none");
}

function checkWeights(box) {
  weigh(box);
  const given = listOf(at(box.json("result.json"), "weights", "cells"));
  const own = box.micro;
  need(given.length === own.size, "result.json", "weights.cells", `${own.size} cells`, `${given.length}`);
  [...own].forEach(([key, weight], number) => {
    const place = `weights.cells[${number}]`;
    const cell = box.balance.cells.get(key);
    const named = categoriesOf(box.balance, cell);
    same(named, at(given[number], "categories"), "result.json", `${place}.categories`);
    const found = at(given[number], "micro");
    if (found !== weight) {
      const first = ["weight", { cell: named, each: cell.at(-1), expected: weight, found }];
      throw new Differs("result.json", `${place}.micro`, short(weight), short(found), first);
    }
  });
  return ["n_cells", { n: own.size }];
}
