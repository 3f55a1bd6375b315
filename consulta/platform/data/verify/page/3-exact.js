// Exact fractions, rounding half to even, and numbers with 200 binary places for weights.

class Q {
  constructor(n, d = 1n) {
    this.n = d < 0n ? -n : n;
    this.d = d < 0n ? -d : d;
  }
  static of(value) {
    return value instanceof Q ? value : new Q(BigInt(value));
  }
  /** The exact value of a decimal number as it is written. */
  static written(text) {
    const found = /^(-?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([-+]?[0-9]+))?$/.exec(text);
    if (!found) throw new Unreadable();
    const digits = BigInt((found[2] || "0") + (found[3] ?? "")) * (found[1] ? -1n : 1n);
    const power = Number(found[4] ?? 0) - (found[3] ?? "").length;
    return power < 0 ? new Q(digits, 10n ** BigInt(-power)) : new Q(digits * 10n ** BigInt(power));
  }
  static number(value) {
    if (typeof value === "bigint") return new Q(value);
    if (typeof value === "number") return Q.written(decimalText(value));
    throw new Unreadable();
  }
  plus(other) {
    return new Q(this.n * other.d + other.n * this.d, this.d * other.d);
  }
  minus(other) {
    return new Q(this.n * other.d - other.n * this.d, this.d * other.d);
  }
  times(other) {
    return new Q(this.n * other.n, this.d * other.d);
  }
  over(other) {
    return new Q(this.n * other.d, this.d * other.n);
  }
  compare(other) {
    const one = this.n * other.d;
    const two = other.n * this.d;
    return one < two ? -1 : one > two ? 1 : 0;
  }
  abs() {
    return new Q(this.n < 0n ? -this.n : this.n, this.d);
  }
  toString() {
    const common = commonOf(this.n < 0n ? -this.n : this.n, this.d);
    return `${this.n / common}/${this.d / common}`;
  }
}

function commonOf(one, other) {
  while (other) [one, other] = [other, one % other];
  return one;
}

/** The nearest whole number; a half goes to the even one. */
function rounded(value) {
  const twice = 2n * value.d;
  let floor = value.n / value.d;
  if (value.n < 0n && floor * value.d !== value.n) floor -= 1n;
  const rest = 2n * (value.n - floor * value.d);
  if (rest * 2n === twice) return floor % 2n === 0n ? floor : floor + 1n;
  return rest > value.d ? floor + 1n : floor;
}

/** A fraction rounded to so many decimals, as the nearest number of the machine. */
function decimals(value, places) {
  const units = rounded(new Q(value.n * 10n ** BigInt(places), value.d));
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  return Number(`${units < 0n ? "-" : ""}${digits.slice(0, -places)}.${digits.slice(-places)}`) + 0;
}

function six(value) {
  return decimals(value, 6);
}

function withPercent(name, value) {
  return { [name]: value.toString(), [`${name}_percent`]: decimals(new Q(100n * value.n, value.d), 2) };
}

function leastWhole(top, bottom) {
  return (top + bottom - 1n) / bottom;
}

// ---- numbers with 200 binary places

const PLACES = 200n;
const ONE = 1n << PLACES;

function fixed(value) {
  return rounded(new Q(value.n << PLACES, value.d));
}

function toNumber(value) {
  // Of a number with 200 places; beyond the first 60 bits nothing reaches a Number.
  const size = value < 0n ? -value : value;
  const shift = BigInt(Math.max(0, size.toString(2).length - 60));
  return Number(value >> shift) * 2 ** Number(shift - PLACES);
}

function fromNumber(number) {
  if (number === 0) return 0n;
  const power = Math.floor(Math.log2(Math.abs(number)));
  const shift = PLACES - 52n + BigInt(power);
  const digits = BigInt(Math.round(number * 2 ** (52 - power)));
  return shift < 0n ? digits >> -shift : digits << shift;
}

const LN2 = (() => {
  // 2 artanh(1/3)
  let sum = 0n;
  let part = ONE / 3n;
  for (let odd = 1n; part; odd += 2n) {
    sum += part / odd;
    part /= 9n;
  }
  return 2n * sum;
})();

function exp(x) {
  let turns = x / LN2;
  if (x < 0n) turns -= 1n;
  const small = (x - turns * LN2) >> 8n;
  let sum = ONE;
  let part = ONE;
  for (let count = 1n; part; count += 1n) {
    part = ((part * small) >> PLACES) / count;
    sum += part;
  }
  for (let count = 0; count < 8; count += 1) sum = (sum * sum) >> PLACES;
  return turns >= 0n ? sum << turns : sum >> -turns;
}

/** The natural logarithm of a positive fraction. */
function log(value) {
  const wanted = fixed(value);
  let found = fromNumber(Math.log(Number(value.n)) - Math.log(Number(value.d)));
  for (let count = 0; count < 4; count += 1) {
    const power = exp(found);
    found += (2n * (wanted - power) * ONE) / (wanted + power);
  }
  return found;
}

function squareRoot(number) {
  if (number < 2n) return number;
  let root = 1n << BigInt((number.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + number / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
