// Bytes: text, digests (SHA-256, HMAC, SHAKE-128), and the files of a ZIP. Nothing here asks the browser for
// its own cryptography: a page that was opened from a file may not have it.

const LOG = "log.jsonl";

class Differs extends Error {
  constructor(file, place, expected, found, first = null) {
    super(`${file} ${place}`);
    Object.assign(this, { file, place, expected, found, first });
  }
}
class Unreadable extends Error {}
class Lacks extends Unreadable {} // a field of this name
class Missing extends Error {}

const utf8 = new TextEncoder();
const strictly = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function bytesOf(text) {
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?:[^\ud800-\udbff]|^)[\udc00-\udfff]/.test(text)) {
    throw new Unreadable();
  }
  return utf8.encode(text);
}

function textOf(bytes) {
  try {
    return strictly.decode(bytes);
  } catch {
    throw new Unreadable();
  }
}

/** Text without the mark of UTF-8 that spreadsheets want at its beginning. */
function sheetText(bytes) {
  return textOf(bytes).replace(/^\ufeff/, "");
}

function hex(bytes) {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

function unhex(text) {
  const packed = typeof text === "string" ? text.replace(/[ \t\n\r\f\v]/g, "") : null;
  if (packed === null || packed.length % 2 || !/^[0-9a-fA-F]*$/.test(packed)) throw new Unreadable();
  const bytes = new Uint8Array(packed.length / 2);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = parseInt(packed.substr(2 * at, 2), 16);
  return bytes;
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function sameBytes(one, other) {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}

// ---- SHA-256 (FIPS 180-4): the constants are the fractional parts of roots of the first primes.

const FIRST_PRIMES = (() => {
  const found = [];
  for (let number = 2; found.length < 64; number += 1) {
    if (found.every((prime) => number % prime)) found.push(number);
  }
  return found;
})();

function rootBits(number, power) {
  // The first 32 bits after the point of the square or cube root, by whole numbers alone.
  const wanted = BigInt(number) << BigInt(32 * power);
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(power) <= wanted) low = middle;
    else high = middle;
  }
  return Number(low & 0xffffffffn) | 0;
}

const SHA_START = Int32Array.from(FIRST_PRIMES.slice(0, 8), (prime) => rootBits(prime, 2));
const SHA_ROUND = Int32Array.from(FIRST_PRIMES, (prime) => rootBits(prime, 3));

class Sha256 {
  constructor() {
    this.state = SHA_START.slice();
    this.words = new Int32Array(64);
    this.rest = new Uint8Array(64);
    this.held = 0;
    this.size = 0;
  }

  update(bytes) {
    this.size += bytes.length;
    let at = 0;
    if (this.held) {
      at = Math.min(64 - this.held, bytes.length);
      this.rest.set(bytes.subarray(0, at), this.held);
      this.held += at;
      if (this.held < 64) return this;
      this.block(this.rest, 0);
      this.held = 0;
    }
    for (; at + 64 <= bytes.length; at += 64) this.block(bytes, at);
    this.rest.set(bytes.subarray(at));
    this.held = bytes.length - at;
    return this;
  }

  block(bytes, from) {
    const w = this.words;
    for (let t = 0; t < 16; t += 1) {
      const at = from + 4 * t;
      w[t] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    }
    for (let t = 16; t < 64; t += 1) {
      const x = w[t - 15];
      const y = w[t - 2];
      const small = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const large = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[t] = (w[t - 16] + small + w[t - 7] + large) | 0;
    }
    let [a, b, c, d, e, f, g, h] = this.state;
    for (let t = 0; t < 64; t += 1) {
      const up = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const one = (h + up + ((e & f) ^ (~e & g)) + SHA_ROUND[t] + w[t]) | 0;
      const down = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const two = (down + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    const sums = [a, b, c, d, e, f, g, h];
    for (let at = 0; at < 8; at += 1) this.state[at] = (this.state[at] + sums[at]) | 0;
  }

  digest() {
    const bits = this.size * 8;
    const end = new Uint8Array(this.held < 56 ? 64 - this.held : 128 - this.held);
    end[0] = 0x80;
    const view = new DataView(end.buffer);
    view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(end.length - 4, bits >>> 0);
    this.update(end);
    const out = new Uint8Array(32);
    const words = new DataView(out.buffer);
    this.state.forEach((word, at) => words.setInt32(4 * at, word));
    return out;
  }
}

function sha256(bytes) {
  return new Sha256().update(bytes).digest();
}

function digestOf(bytes) {
  return hex(sha256(bytes));
}

function hmacOf(key, bytes) {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? sha256(key) : key);
  const inner = sha256(joined(block.map((byte) => byte ^ 0x36), bytes));
  return digestOf(joined(block.map((byte) => byte ^ 0x5c), inner));
}

// ---- SHAKE-128 (FIPS 202), each lane of 64 bits as two halves of 32.

const KECCAK = (() => {
  // The round constants come from a shift register, the rotations from the walk over the lanes.
  const rounds = [];
  let register = 1;
  for (let round = 0; round < 24; round += 1) {
    let low = 0;
    let high = 0;
    for (let step = 0; step < 7; step += 1) {
      if (register & 1) {
        const bit = (1 << step) - 1;
        if (bit < 32) low |= 1 << bit;
        else high |= 1 << (bit - 32);
      }
      register <<= 1;
      if (register & 0x100) register ^= 0x171;
    }
    rounds.push([low, high]);
  }
  const turns = new Array(25).fill(0);
  let x = 1;
  let y = 0;
  for (let t = 0; t < 24; t += 1) {
    turns[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % 64;
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return { rounds, turns };
})();

function permute(low, high) {
  const bl = new Int32Array(25);
  const bh = new Int32Array(25);
  const cl = new Int32Array(5);
  const ch = new Int32Array(5);
  for (const [roundLow, roundHigh] of KECCAK.rounds) {
    for (let x = 0; x < 5; x += 1) {
      cl[x] = low[x] ^ low[x + 5] ^ low[x + 10] ^ low[x + 15] ^ low[x + 20];
      ch[x] = high[x] ^ high[x + 5] ^ high[x + 10] ^ high[x + 15] ^ high[x + 20];
    }
    for (let x = 0; x < 5; x += 1) {
      const next = (x + 1) % 5;
      const before = (x + 4) % 5;
      const dl = cl[before] ^ ((cl[next] << 1) | (ch[next] >>> 31));
      const dh = ch[before] ^ ((ch[next] << 1) | (cl[next] >>> 31));
      for (let y = 0; y < 25; y += 5) {
        low[x + y] ^= dl;
        high[x + y] ^= dh;
      }
    }
    for (let x = 0; x < 5; x += 1) {
      for (let y = 0; y < 5; y += 1) {
        const from = x + 5 * y;
        const to = y + 5 * ((2 * x + 3 * y) % 5);
        let turn = KECCAK.turns[from];
        let l = low[from];
        let h = high[from];
        if (turn >= 32) {
          [l, h] = [h, l];
          turn -= 32;
        }
        bl[to] = turn ? (l << turn) | (h >>> (32 - turn)) : l;
        bh[to] = turn ? (h << turn) | (l >>> (32 - turn)) : h;
      }
    }
    for (let y = 0; y < 25; y += 5) {
      for (let x = 0; x < 5; x += 1) {
        const one = y + ((x + 1) % 5);
        const two = y + ((x + 2) % 5);
        low[y + x] = bl[y + x] ^ (~bl[one] & bl[two]);
        high[y + x] = bh[y + x] ^ (~bh[one] & bh[two]);
      }
    }
    low[0] ^= roundLow;
    high[0] ^= roundHigh;
  }
}

/**
 * So many draws of one of as many ballots (4.3): draw j is the whole part of x * number / 2^64, where x is the 8
 * bytes from 8j on, big end first, of the stream of SHAKE-128 after a text.
 */
function shakeDraws(text, number) {
  const RATE = 168;
  const bytes = utf8.encode(text);
  const padded = new Uint8Array(Math.ceil((bytes.length + 1) / RATE) * RATE);
  padded.set(bytes);
  padded[bytes.length] ^= 0x1f;
  padded[padded.length - 1] ^= 0x80;
  const low = new Int32Array(25);
  const high = new Int32Array(25);
  const view = new DataView(padded.buffer);
  for (let from = 0; from < padded.length; from += RATE) {
    for (let lane = 0; lane < RATE / 8; lane += 1) {
      low[lane] ^= view.getInt32(from + 8 * lane, true);
      high[lane] ^= view.getInt32(from + 8 * lane + 4, true);
    }
    permute(low, high);
  }
  const turned = (word) => ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
  const found = new Uint32Array(number);
  for (let draw = 0, lane = 0; draw < number; draw += 1, lane += 1) {
    if (lane === RATE / 8) {
      permute(low, high);
      lane = 0;
    }
    // Both products are below 2^53, so that numbers of the machine are exact.
    const carried = Math.floor((turned(high[lane]) * number) / 2 ** 32);
    found[draw] = Math.floor((turned(low[lane]) * number + carried) / 2 ** 32);
  }
  return found;
}

// ---- ZIP

const CRC = Int32Array.from({ length: 256 }, (_, number) => {
  let left = number;
  for (let bit = 0; bit < 8; bit += 1) left = left & 1 ? (left >>> 1) ^ 0xedb88320 : left >>> 1;
  return left;
});

function crcOf(bytes) {
  let crc = -1;
  for (let at = 0; at < bytes.length; at += 1) crc = CRC[(crc ^ bytes[at]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const LARGEST_PACKED = 200 * 2 ** 20;
const LARGEST_UNPACKED = 400 * 2 ** 20;

/** Why a file is not read; `code` names the sentence that tells it. */
class NoArchive extends Error {
  constructor(code, values = {}) {
    super(code);
    Object.assign(this, { code, values });
  }
}

function field(size, value) {
  return Uint8Array.from({ length: size }, (_, place) => value / 256 ** place);
}

/**
 * The files of a ZIP by name. Each byte around them has to be the one that the program writes: then no reader,
 * wherever in the file it begins, takes out other files.
 */
async function unzipped(bytes, step = async () => {}) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begins = () => at + 30 <= bytes.length && view.getUint32(at) === 0x504b0304;
  const files = new Map();
  const listed = [];
  let at = 0;
  if (!begins()) throw new NoArchive(bytes.length ? "not_zip" : "empty");
  while (begins()) {
    const size = view.getUint32(at + 22, true);
    const start = at + 30 + view.getUint16(at + 26, true);
    const named = bytes.subarray(at + 30, start);
    const file = String.fromCharCode(...named);
    const crc = view.getUint32(at + 14, true);
    // Version, flags, method, time and date as written, so nothing is packed; then the sizes and no more fields.
    const told = joined(Uint8Array.of(20, 0, 0, 0, 0, 0, 0, 0, 33, 0), field(4, crc), field(4, size), field(4, size), field(4, named.length));
    if (!sameBytes(told, bytes.subarray(at + 4, at + 30)) || named.some((byte) => byte > 126)) throw new NoArchive("layout");
    if (start + size > bytes.length) throw new NoArchive("cut_short");
    if (files.has(file)) throw new NoArchive("twice", { file });
    const content = bytes.subarray(start, start + size);
    if (crcOf(content) !== crc) throw new NoArchive("damaged", { file });
    files.set(file, content);
    listed.push(Uint8Array.of(80, 75, 1, 2, 20, 3), told, field(6, 0), Uint8Array.of(0, 0, 164, 129), field(4, at), named);
    at = start + size;
    await step();
  }
  const directory = joined(...listed);
  const number = field(2, files.size);
  const end = joined(directory, Uint8Array.of(80, 75, 5, 6, 0, 0, 0, 0), number, number, field(4, directory.length), field(4, at), field(2, 0));
  const rest = bytes.subarray(at);
  if (!sameBytes(rest, end)) throw new NoArchive(sameBytes(rest, end.subarray(0, rest.length)) ? "cut_short" : "layout");
  return files;
}
