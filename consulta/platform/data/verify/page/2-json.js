// JSON with exact whole numbers. An object is a Map, a whole number a BigInt, any other number a Number.

const DIGITS = 100; // no number of an archive is longer
const DEEPEST = 900;

function isMap(value) {
  return value instanceof Map;
}
function isWhole(value) {
  return typeof value === "bigint";
}
function isNumber(value) {
  return typeof value === "bigint" || typeof value === "number";
}

/** Order of texts by code point, as everything here is sorted. */
function byCodePoint(one, other) {
  if (one === other) return 0;
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const a = one.charCodeAt(at);
    const b = other.charCodeAt(at);
    if (a !== b) {
      const high = (unit) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x2000 : unit >= 0xe000 ? unit - 0x800 : unit);
      return high(a) - high(b);
    }
  }
  return one.length - other.length;
}

/** Order of texts, numbers, and lists of these; what cannot be compared cannot be read. */
function inOrder(one, other) {
  if (typeof one === "string" && typeof other === "string") return byCodePoint(one, other);
  if (isNumber(one) && isNumber(other)) return one < other ? -1 : one > other ? 1 : 0;
  if (typeof one === "boolean" && typeof other === "boolean") return one - other;
  if (Array.isArray(one) && Array.isArray(other)) {
    for (let at = 0; at < Math.min(one.length, other.length); at += 1) {
      if (equal(one[at], other[at])) continue;
      return inOrder(one[at], other[at]);
    }
    return one.length - other.length;
  }
  throw new Unreadable();
}

function sorted(values, key = null) {
  const list = [...values];
  return key ? list.sort((a, b) => inOrder(key(a), key(b))) : list.sort(inOrder);
}

function parseJson(bytes, file) {
  let text;
  try {
    text = strictly.decode(bytes);
  } catch {
    throw new Differs(file, "(file)", "JSON", "another encoding");
  }
  let at = 0;
  const bad = (what) => {
    throw new Differs(file, "(file)", "JSON", what === "too deep" ? what : `another sign at ${at}`);
  };
  const space = () => {
    while (at < text.length && " \t\n\r".includes(text[at])) at += 1;
  };
  const NUMBER = /(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
  const PLAIN = /[^"\\\u0000-\u001f]*/y;
  const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

  function string() {
    let found = "";
    at += 1;
    for (;;) {
      PLAIN.lastIndex = at;
      found += PLAIN.exec(text)[0];
      at = PLAIN.lastIndex;
      if (text[at] === '"') {
        at += 1;
        return found;
      }
      if (text[at] !== "\\") bad("a text without an end");
      const sign = text[at + 1];
      if (sign === "u") {
        const digits = text.substr(at + 2, 4);
        if (!/^[0-9a-fA-F]{4}$/.test(digits)) bad("an escape");
        found += String.fromCharCode(parseInt(digits, 16));
        at += 6;
      } else {
        if (!Object.hasOwn(ESCAPES, sign ?? "")) bad("an escape");
        found += ESCAPES[sign];
        at += 2;
      }
    }
  }

  function number() {
    NUMBER.lastIndex = at;
    const found = NUMBER.exec(text);
    if (!found) {
      for (const name of ["NaN", "Infinity", "-Infinity"]) {
        if (text.startsWith(name, at)) throw new Differs(file, name, "a number", name);
      }
      bad("a value");
    }
    at = NUMBER.lastIndex;
    if (found[2] === undefined && found[3] === undefined) {
      need(found[1].length <= DIGITS, file, short(found[1]), "a shorter number", `${found[1].length} digits`);
      return BigInt(found[1]);
    }
    const value = Number(found[0]);
    need(Number.isFinite(value), file, short(found[0]), "a number", "one without end");
    return value;
  }

  function value(depth) {
    if (depth > DEEPEST) bad("too deep");
    const sign = text[at];
    if (sign === "{") return object(depth);
    if (sign === "[") return list(depth);
    if (sign === '"') return string();
    for (const [word, meaning] of [["true", true], ["false", false], ["null", null]]) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    }
    return number();
  }

  function object(depth) {
    const found = new Map();
    const twice = new Set();
    at += 1;
    space();
    if (text[at] === "}") {
      at += 1;
      return found;
    }
    for (;;) {
      if (text[at] !== '"') bad("a name");
      const name = string();
      space();
      if (text[at] !== ":") bad("a colon");
      at += 1;
      space();
      const inside = value(depth + 1);
      if (found.has(name)) twice.add(name);
      found.set(name, inside);
      space();
      if (text[at] === "}") {
        at += 1;
        break;
      }
      if (text[at] !== ",") bad("a comma");
      at += 1;
      space();
    }
    const first = [...found.keys()].find((name) => twice.has(name));
    if (first !== undefined) throw new Differs(file, escaped(first), "one key", "the same key twice");
    return found;
  }

  function list(depth) {
    const found = [];
    at += 1;
    space();
    if (text[at] === "]") {
      at += 1;
      return found;
    }
    for (;;) {
      found.push(value(depth + 1));
      space();
      if (text[at] === "]") {
        at += 1;
        return found;
      }
      if (text[at] !== ",") bad("a comma");
      at += 1;
      space();
    }
  }

  space();
  if (at >= text.length) bad("nothing");
  const found = value(0);
  space();
  if (at < text.length) bad("more");
  return found;
}

function objectIn(bytes, file) {
  const found = parseJson(bytes, file);
  need(isMap(found), file, "(file)", "an object", found);
  return found;
}

const SHORT_ESCAPES = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\b": "\\b" };

function quoted(text) {
  return `"${text.replace(/["\\\u0000-\u001f]/g, (sign) => SHORT_ESCAPES[sign] ?? `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}

/** A text in quotes with every sign beyond ASCII as an escape. */
function escaped(text) {
  return quoted(text).replace(/[^ -~]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A decimal number with the fewest digits that mean it, in the form that the archive's files have. */
function decimalText(number) {
  const [mantissa, exponent] = number.toExponential().split("e");
  const power = Number(exponent);
  if (power >= 16 || power < -4) {
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const plainly = Object.is(number, -0) ? "-0" : String(number);
  return plainly.includes(".") ? plainly : `${plainly}.0`;
}

function jsonText(value, between = ", ", after = ": ", inside = null, depth = 0) {
  const again = (part) => jsonText(part, between, after, inside, depth + 1);
  const wrap = (open, parts, close) => {
    if (!parts.length) return open + close;
    if (inside === null) return open + parts.join(between) + close;
    const margin = "\n" + inside.repeat(depth + 1);
    return open + margin + parts.join("," + margin) + "\n" + inside.repeat(depth) + close;
  };
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return decimalText(value);
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return wrap("[", value.map(again), "]");
  if (isMap(value)) return wrap("{", Array.from(value, ([name, part]) => quoted(name) + after + again(part)), "}");
  throw new Unreadable();
}

/** JSON with sorted keys and no spaces, in UTF-8 (section 4). */
function canonical(value) {
  const inKeyOrder = (part) => {
    if (Array.isArray(part)) return part.map(inKeyOrder);
    if (isMap(part)) return new Map(sorted(part.keys()).map((name) => [name, inKeyOrder(part.get(name))]));
    return part;
  };
  return bytesOf(jsonText(inKeyOrder(value), ",", ":"));
}

/** An object of JSON from one of the language. */
function obj(parts) {
  return new Map(Object.entries(parts));
}

function int(number) {
  return BigInt(number);
}

// ---- reading what was parsed: what is not there cannot be read

function at(value, ...path) {
  for (const step of path) {
    if (isMap(value) && typeof step === "string" && value.has(step)) value = value.get(step);
    else if (Array.isArray(value) && typeof step === "number" && step < value.length) value = value[step];
    else throw new (isMap(value) ? Lacks : Unreadable)(String(step));
  }
  return value;
}

function maybe(value, name, otherwise = null) {
  if (!isMap(value)) throw new Unreadable(name);
  return value.has(name) ? value.get(name) : otherwise;
}

function listOf(value) {
  if (!Array.isArray(value)) throw new Unreadable();
  return value;
}

function mapOf(value) {
  if (!isMap(value)) throw new Unreadable();
  return value;
}

function string(value) {
  if (typeof value !== "string") throw new Unreadable();
  return value;
}

function whole(value) {
  if (typeof value !== "bigint") throw new Unreadable();
  return value;
}

function truthy(value) {
  if (value === null || value === false || value === "" || value === 0n || value === 0) return false;
  if (Array.isArray(value)) return value.length > 0;
  return isMap(value) ? value.size > 0 : true;
}

// ---- comparing

/** Whether two values are equal; 1 and 1.0 are, and no number is true or false. */
function equal(one, other) {
  if (isNumber(one) && isNumber(other)) return one == other; // eslint-disable-line eqeqeq
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((part, place) => equal(part, other[place]));
  }
  if (isMap(one) && isMap(other)) {
    return one.size === other.size && [...one].every(([name, part]) => other.has(name) && equal(part, other.get(name)));
  }
  return one === other;
}

function short(value) {
  const text = typeof value === "string" ? value : jsonText(value);
  const signs = Array.from(text);
  return signs.length <= 90 ? text : signs.slice(0, 87).join("") + "...";
}

/** Stop unless a condition holds; `first` says what the difference means to people: a code, and its values. */
function need(condition, file, place, expected, found, first = null) {
  if (!condition) throw new Differs(file, place, short(expected), short(found), first);
}

/** Stop at the first difference between two values of JSON, in the order of the expected one. */
function same(expected, given, file, place = "") {
  if (isMap(expected) && isMap(given)) {
    for (const name of new Set([...expected.keys(), ...given.keys()])) {
      const inside = place ? `${place}.${name}` : name;
      if (!given.has(name)) throw new Differs(file, inside, short(expected.get(name)), "(nothing)");
      if (!expected.has(name)) throw new Differs(file, inside, "(nothing)", short(given.get(name)));
      same(expected.get(name), given.get(name), file, inside);
    }
  } else if (Array.isArray(expected) && Array.isArray(given)) {
    const least = Math.min(expected.length, given.length);
    for (let number = 0; number < least; number += 1) same(expected[number], given[number], file, `${place}[${number}]`);
    if (expected.length !== given.length) {
      throw new Differs(file, `${place}[${least}]`, `${expected.length} entries`, String(given.length));
    }
  } else if (!equal(expected, given)) {
    throw new Differs(file, place || "(file)", short(expected), short(given));
  }
}

/** A text for a page or a line: nothing in it can pass for another line. */
function plain(text) {
  return text.replace(/[\p{C}\p{Z}]/gu, (sign) => (sign === " " ? sign : "\ufffd"));
}

// ---- lists with commas

const FORMULA = /(^|;)(?=[=+\-@\t\r])/g;

/** What a cell is written as, so that no spreadsheet takes it for a formula. */
function safeCell(cell) {
  return cell.replace(FORMULA, "$1'");
}

/** The rows of a list; quotes hold commas, ends of line, and quotes written twice. */
function listRows(text) {
  const rows = [];
  let row = [];
  let cell = "";
  let state = "start"; // of a row, then: cell, bare, quoted, closed, return
  const endCell = () => {
    row.push(cell);
    cell = "";
  };
  const endRow = () => {
    rows.push(row);
    row = [];
  };
  for (const sign of text) {
    if (state === "return") {
      state = "start";
      if (sign === "\n") continue;
    }
    if (state === "quoted") {
      if (sign === '"') state = "closed";
      else cell += sign;
      continue;
    }
    if (sign === "\r" || sign === "\n") {
      if (state !== "start") endCell();
      endRow();
      state = sign === "\r" ? "return" : "start";
      continue;
    }
    if (sign === ",") {
      endCell();
      state = "cell";
    } else if (sign === '"' && (state === "start" || state === "cell")) {
      state = "quoted";
    } else if (sign === '"' && state === "closed") {
      cell += '"';
      state = "quoted";
    } else {
      cell += sign;
      state = "bare";
    }
  }
  if (state !== "start" && state !== "return") {
    endCell();
    endRow();
  }
  return rows;
}

function writtenList(rows) {
  const cellText = (cell, alone) => {
    const text = safeCell(cell);
    return /[",\r\n]/.test(text) || (alone && text === "") ? `"${text.replace(/"/g, '""')}"` : text;
  };
  const lines = rows.map((row) => row.map((cell) => cellText(cell, row.length === 1)).join(",") + "\r\n");
  return joined(new Uint8Array([0xef, 0xbb, 0xbf]), bytesOf(lines.join("")));
}
