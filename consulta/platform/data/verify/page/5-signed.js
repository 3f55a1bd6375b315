// Checkpoints: heads of the log as signed notes, with the cosignatures of witnesses (Ed25519, RFC 8032).

const FIELD = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const LOG_KEY = 1; // kinds of keys: of notes, of cosignatures
const WITNESS_KEY = 4;
const CLOCKS = 300n; // seconds by which the clock of a witness or of an authority may be another

// ---- SHA-512: as SHA-256, with words of 64 bits and 80 rounds

const WORD = 2n ** 64n - 1n;

const SHA512 = (() => {
  const primes = [];
  for (let number = 2; primes.length < 80; number += 1) if (primes.every((prime) => number % prime)) primes.push(number);
  const root = (number, power) => {
    const wanted = BigInt(number) << BigInt(64 * power);
    let low = 0n;
    let high = 1n << 72n;
    while (high - low > 1n) {
      const middle = (low + high) >> 1n;
      if (middle ** BigInt(power) <= wanted) low = middle;
      else high = middle;
    }
    return low & WORD;
  };
  return { start: primes.slice(0, 8).map((prime) => root(prime, 2)), round: primes.map((prime) => root(prime, 3)) };
})();

function sha512(bytes) {
  const blocks = Math.ceil((bytes.length + 17) / 128);
  const padded = new Uint8Array(128 * blocks);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  const turn = (word, by) => ((word >> by) | (word << (64n - by))) & WORD;
  const state = [...SHA512.start];
  for (let block = 0; block < blocks; block += 1) {
    const w = Array.from({ length: 16 }, (_, t) => view.getBigUint64(128 * block + 8 * t));
    for (let t = 16; t < 80; t += 1) {
      const [x, y] = [w[t - 15], w[t - 2]];
      const small = turn(x, 1n) ^ turn(x, 8n) ^ (x >> 7n);
      const large = turn(y, 19n) ^ turn(y, 61n) ^ (y >> 6n);
      w.push((w[t - 16] + small + w[t - 7] + large) & WORD);
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 80; t += 1) {
      const up = turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n);
      const one = h + up + ((e & f) ^ ((e ^ WORD) & g)) + SHA512.round[t] + w[t];
      const down = turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n);
      const two = down + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) & WORD, c, b, a, (one + two) & WORD];
    }
    [a, b, c, d, e, f, g, h].forEach((word, place) => {
      state[place] = (state[place] + word) & WORD;
    });
  }
  const out = new Uint8Array(64);
  const words = new DataView(out.buffer);
  state.forEach((word, place) => words.setBigUint64(8 * place, word));
  return out;
}

// ---- the curve: -x² + y² = 1 + d x² y², points as (X : Y : Z : T) with x = X/Z, y = Y/Z, xy = T/Z

function inField(value) {
  const rest = value % FIELD;
  return rest < 0n ? rest + FIELD : rest;
}

function power(base, exponent) {
  let found = 1n;
  for (let left = exponent, square = inField(base); left; left >>= 1n) {
    if (left & 1n) found = (found * square) % FIELD;
    square = (square * square) % FIELD;
  }
  return found;
}

const EDWARDS = inField(-121665n * power(121666n, FIELD - 2n));
const NEUTRAL = { x: 0n, y: 1n, z: 1n, t: 0n };

function plus(p, q) {
  const xx = p.x * q.x;
  const yy = p.y * q.y;
  const cross = inField((p.x + p.y) * (q.x + q.y) - xx - yy);
  const tt = (EDWARDS * ((p.t * q.t) % FIELD)) % FIELD;
  const zz = p.z * q.z;
  const less = inField(zz - tt);
  const more = inField(zz + tt);
  const both = (yy + xx) % FIELD;
  return { x: (cross * less) % FIELD, y: (more * both) % FIELD, z: (less * more) % FIELD, t: (cross * both) % FIELD };
}

function twice(p) {
  const xx = (p.x * p.x) % FIELD;
  const yy = (p.y * p.y) % FIELD;
  const cross = inField((p.x + p.y) * (p.x + p.y) - xx - yy);
  const apart = inField(yy - xx);
  const rest = inField(apart - 2n * p.z * p.z);
  const both = -xx - yy;
  return { x: inField(cross * rest), y: inField(apart * both), z: inField(rest * apart), t: inField(cross * both) };
}

function little(bytes) {
  return bytes.length ? BigInt(`0x${hex(Uint8Array.from(bytes).reverse())}`) : 0n;
}

/** The point that 32 bytes stand for; null where there is none. */
function pointOf(bytes) {
  const whole_ = little(bytes);
  const odd = whole_ >> 255n;
  const y = whole_ & (2n ** 255n - 1n);
  if (y >= FIELD) return null;
  const square = inField(inField(y * y - 1n) * power(EDWARDS * y * y + 1n, FIELD - 2n));
  let x = power(square, (FIELD + 3n) / 8n);
  if (inField(x * x - square)) x = (x * power(2n, (FIELD - 1n) / 4n)) % FIELD;
  if (inField(x * x - square) || (x === 0n && odd)) return null;
  if ((x & 1n) !== odd) x = FIELD - x;
  return { x, y, z: 1n, t: (x * y) % FIELD };
}

const BASE = (() => {
  const y = inField(4n * power(5n, FIELD - 2n));
  const bytes = new Uint8Array(32);
  for (let place = 0, left = y; place < 32; place += 1, left >>= 8n) bytes[place] = Number(left & 255n);
  return pointOf(bytes);
})();

/** Whether a signature of a message is by this key: s B = R + h A, asked as s B + h (-A) = R. */
function isSigned(key, message, signature) {
  if (signature.length !== 64) return false;
  const [owner, nonce] = [pointOf(key), pointOf(signature.subarray(0, 32))];
  const s = little(signature.subarray(32));
  if (!owner || !nonce || s >= ORDER) return false;
  const h = little(sha512(joined(signature.subarray(0, 32), key, message))) % ORDER;
  const against = { x: inField(-owner.x), y: owner.y, z: 1n, t: inField(-owner.t) };
  const table = [null, BASE, against, plus(BASE, against)];
  let found = NEUTRAL;
  for (let bit = 252n; bit >= 0n; bit -= 1n) {
    found = twice(found);
    const which = Number((s >> bit) & 1n) + 2 * Number((h >> bit) & 1n);
    if (which) found = plus(found, table[which]);
  }
  return inField(found.x - nonce.x * found.z) === 0n && inField(found.y - nonce.y * found.z) === 0n;
}

// ---- keys and notes

/** The bytes of a text in base 64; null where it is none. */
function unbase64(text) {
  try {
    const found = atob(text);
    return btoa(found) === text ? Uint8Array.from(found, (sign) => sign.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}

function parted(text, sign) {
  const place = text.indexOf(sign);
  return place < 0 ? [text, ""] : [text.slice(0, place), text.slice(place + sign.length)];
}

/** A key as `name+id+key`: by what it is known, and itself. */
function keyOf(text, kind, place) {
  need(typeof text === "string", LOG, place, "a key", text);
  const [name, rest] = parted(text, "+");
  const [id, coded] = parted(rest, "+");
  const data = unbase64(coded) ?? new Uint8Array();
  need(name && data.length === 33 && data[0] === kind, LOG, place, "a key", text);
  const known = hex(sha256(joined(bytesOf(`${name}\n`), data)).subarray(0, 4));
  need(id === known, LOG, place, known, id);
  return { name, id: known, key: data.subarray(1) };
}

const OF_KEYS = {
  "checkpoints.key": ["key", "replaces"],
  "witnesses.registered": ["key", "organisation"],
  "witnesses.ended": ["key"],
};

/** The keys that the log tells of, its own and those of witnesses, by name and id, each with the row that ended it. */
function keysInLog(box) {
  const own = new Map();
  const others_ = new Map();
  let before = null;
  let newest = null;
  for (const row of box.rows.filter((each) => Object.hasOwn(OF_KEYS, each.get("action")))) {
    const seq = BigInt(row.get("seq"));
    const place = `row ${seq}`;
    const told = mapOf(row.get("details"));
    const fields = OF_KEYS[row.get("action")];
    const given = sorted(told.keys());
    need(equal(sorted(fields), given), LOG, place, fields.join(", "), given);
    const text = told.get("key");
    const found = keyOf(text, fields.includes("replaces") ? LOG_KEY : WITNESS_KEY, place);
    const known = `${found.name} ${found.id}`;
    if (fields.includes("replaces")) {
      const former = told.get("replaces");
      need(former === before, LOG, `${place} replaces`, before, former);
      if (newest) newest.ended = seq;
      before = text;
      newest = { ...found, ended: null };
      own.set(known, newest);
      continue;
    }
    const ends = row.get("action") === "witnesses.ended";
    need(others_.has(known) === ends, LOG, place, "a key", text);
    others_.set(known, { ...found, ended: ends ? seq : null, since: ends ? others_.get(known).since : seq });
  }
  return { own, others: others_ };
}

/** A key signs no head of so many rows, or more, that the row with which it ended is among them. */
function needInUse(size, { ended }, file, place) {
  need(ended === null || size < ended, file, place, `fewer than ${ended} rows, where this key ended`, size);
}

/** A signed note: its body, and each signature with name, id and bytes. */
function noteOf(text, file, place) {
  const cut = string(text).lastIndexOf("\n\n");
  const signed = cut < 0 ? text : text.slice(cut + 2);
  need(cut >= 0 && signed.endsWith("\n"), file, place, "a signed note", text);
  const signatures = signed
    .slice(0, -1)
    .split("\n")
    .map((line) => {
      const [dash, rest] = parted(line, " ");
      const [name, coded] = parted(rest, " ");
      const data = unbase64(coded) ?? new Uint8Array();
      need(dash === "\u2014" && name && data.length > 4, file, place, "a line of a signature", line);
      return { name, id: hex(data.subarray(0, 4)), data: data.subarray(4) };
    });
  return { body: `${text.slice(0, cut)}\n`, signatures };
}

/** A checkpoint that the log signed: its size, its root, and which witnesses cosigned it when. */
function checkedNote(text, keys, file, place) {
  const { body, signatures } = noteOf(text, file, place);
  const once = new Set(signatures.map(({ name, id }) => `${name} ${id}`)).size === signatures.length;
  need(once, file, `${place} key`, "once", "twice");
  const lines = body.split("\n");
  const figures = /^[1-9][0-9]{0,14}$/.test(lines[1] ?? "");
  need(lines.length >= 4 && figures, file, place, "origin, size and root", body);
  const size = BigInt(lines[1]);
  const root = unbase64(lines[2]);
  need(root, file, place, "origin, size and root", body);
  const origins = sorted(new Set([...keys.own.values()].map(({ name }) => name)));
  need(origins.includes(lines[0]), file, place, `a checkpoint of ${origins.join(", ")}`, lines[0]);
  const witnesses = [];
  let signed = false;
  for (const { name, id, data } of signatures) {
    const where = `${place} ${name}`;
    const own = keys.own.get(`${name} ${id}`);
    if (own) {
      need(isSigned(own.key, bytesOf(body), data), file, where, "the log's signature of this checkpoint", "another");
      needInUse(size, own, file, where);
      signed = true;
      continue;
    }
    const witness = keys.others.get(`${name} ${id}`);
    need(witness, file, where, "a signature by a key that the log tells of", id);
    need(data.length === 72, file, where, "a cosignature with its time", `${data.length} bytes`);
    const time = BigInt(`0x${hex(data.subarray(0, 8))}`);
    const message = bytesOf(`cosignature/v1\ntime ${time}\n${body}`);
    need(isSigned(witness.key, message, data.subarray(8)), file, where, "a cosignature of this checkpoint", "another");
    needInUse(size, witness, file, where);
    witnesses.push({ name, time, since: witness.since });
  }
  need(signed, file, place, "a signature of the log", "none");
  return { size, root: hex(root), witnesses };
}

/** Each checkpoint is one of the heads, signed by the log; each cosignature is by a witness that the log names. */
async function checkCheckpoints(box, pause) {
  const file = "checkpoints.json";
  const known = new Map(box.heads.map((head) => [BigInt(head.size), head]));
  const told = box.json(file);
  const notes = listOf(at(told, "notes"));
  same(["format", "notes"], sorted(told.keys()), file);
  same("consulta-checkpoints/1", told.get("format"), file, "format");
  const keys = notes.length ? keysInLog(box) : null;
  const closings = box.rows.filter((row) => row.get("action") === "rounds.closed");
  const closed = closings.length ? BigInt(closings.pop().get("seq")) : 0n;
  let seen = false;
  const names = new Set();
  let before = 0n;
  let cosigned = 0;
  for (const [number, text] of notes.entries()) {
    const place = `notes[${number}]`;
    const { size, root, witnesses } = checkedNote(text, keys, file, place);
    need(size > before, file, place, `more than ${before} rows`, size);
    const head = known.get(size);
    need(head, file, place, "the size of a head", size);
    need(root === head.root, file, place, head.root, root);
    for (const { name, time, since } of witnesses) {
      needMeanwhile(time, head, box.heads[box.heads.length - 1].time, file, `${place} ${name}`);
      names.add(name);
      seen ||= since < closed && closed <= size;
    }
    before = size;
    cosigned += witnesses.length ? 1 : 0;
    await pause((number + 1) / notes.length);
  }
  const others = [...(keys ?? keysInLog(box)).others.values()];
  const atClosing = others.filter(({ ended, since }) => since < closed && (ended === null || ended > closed));
  if (atClosing.length && !seen) return ["unseen", { names: sorted(atClosing.map(({ name }) => name)).join(", ") }];
  if (!notes.length) return [hadKey(box) ? "unsigned" : "no_checkpoints", {}];
  return ["n_checkpoints", { n: notes.length, cosigned, witnesses: names.size }];
}

/** Whether the log had a key of its own before voting closed. */
function hadKey(box) {
  const closed = box.places.get("rounds.closed");
  return box.rows.some((row) => row.get("action") === "checkpoints.key" && row.get("seq") < closed);
}

/** A head was signed between its time and `ended`, give or take CLOCKS seconds. */
function needMeanwhile(seconds, head, ended, file, place) {
  const taken = head.time;
  const fine = seconds >= secondsOf(taken) - CLOCKS && seconds <= secondsOf(ended) + CLOCKS;
  need(fine, file, place, `a time from ${taken} to ${ended}`, toldTime(seconds));
}

/** A moment as people read it. */
function toldTime(seconds) {
  return new Date(Number(seconds) * 1000).toISOString().replace(/\.\d+/, "");
}

// ---- time stamps (RFC 3161): what they are about

const DER = /^(?:[0-9a-f]{2}){1,65536}$/;
const TST_INFO = "2a864886f70d0109100104";
const SHA256 = "608648016503040201";
const STAMPED = /^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:[.][0-9]{1,9})?Z$/;

/** The values that stand one after the other in bytes by DER: tag and content of each; null if they do not. */
function derParts(data) {
  const found = [];
  let at = 0;
  while (at < data.length) {
    if (at + 2 > data.length) return null;
    const tag = data[at];
    let size = data[at + 1];
    at += 2;
    if (size > 127) {
      const more = size - 128;
      if (more < 1 || more > 3 || at + more > data.length) return null;
      size = data.subarray(at, at + more).reduce((sum, byte) => sum * 256 + byte, 0);
      at += more;
    }
    if (at + size > data.length) return null;
    found.push([tag, data.subarray(at, at + size)]);
    at += size;
  }
  return found;
}

/** The content of a value inside others: of each its place among the values there, and its tag. */
function derInside(data, ...path) {
  let inside = data;
  for (const [place, tag] of path) {
    const parts = inside && derParts(inside);
    inside = parts && place < parts.length && parts[place][0] === tag ? parts[place][1] : null;
  }
  return inside;
}

/** The digest that an answer of an authority is about, and its time; null where it is no such answer. */
function stampOf(data) {
  const said = (bytes) => bytes && hex(bytes);
  const content = [[0, 0x30], [1, 0x30], [1, 0xa0], [0, 0x30], [2, 0x30]];
  const status = said(derInside(data, [0, 0x30], [0, 0x30], [0, 0x02]));
  const kind = said(derInside(data, ...content, [0, 0x06]));
  const info = derInside(data, ...content, [1, 0xa0], [0, 0x04], [0, 0x30]);
  const method = said(derInside(info, [2, 0x30], [0, 0x30], [0, 0x06]));
  const imprint = said(derInside(info, [2, 0x30], [1, 0x04]));
  const time = STAMPED.exec(String.fromCharCode(...(derInside(info, [4, 0x18]) ?? [])));
  if (!["00", "01"].includes(status) || kind !== TST_INFO || method !== SHA256 || !imprint || !time || derParts(data).length > 1) return null;
  const [, year, month, day, ...clock] = time;
  const moment = `${year}-${month}-${day}T${clock.slice(0, 3).join(":")}`;
  const parsed = Date.parse(`${moment}Z`);
  const real = !Number.isNaN(parsed) && new Date(parsed).toISOString().slice(0, 19) === moment;
  return real && year !== "0000" ? [imprint, `${moment}Z`] : null;
}

/** Each time stamp is about a head of the log that the archive has, and no older; its signature is not read. */
function checkStamps(box) {
  const file = "stamps.json";
  const told = box.json(file);
  const known = new Map(box.heads.map((head) => [BigInt(head.size), head]));
  const origins = sorted(new Set([...keysInLog(box).own.values()].map(({ name }) => name)));
  same(["format", "stamps"], sorted(told.keys()), file);
  same("consulta-stamps/1", told.get("format"), file, "format");
  const stamps = at(told, "stamps");
  need(Array.isArray(stamps) && stamps.length, file, "stamps", "a time stamp", "none");
  let before = 0n;
  let last = "";
  for (const [number, each] of stamps.entries()) {
    const place = `stamps[${number}]`;
    need(isMap(each), file, place, "an object", each);
    same(["authority", "response", "size"], sorted(each.keys()), file, place);
    const size = each.get("size");
    const text = each.get("response");
    need(isWhole(size) && size >= before, file, `${place}.size`, `${before} rows or more`, size);
    need(known.has(size), file, `${place}.size`, "the size of a head", size);
    need(typeof each.get("authority") === "string", file, `${place}.authority`, "a name", each.get("authority"));
    const fine = typeof text === "string" && DER.test(text);
    const once = stamps.slice(0, number).every((other) => other.get("response") !== text);
    need(once, file, `${place}.response`, "once", "twice");
    const found = fine ? stampOf(Uint8Array.from(text.match(/../g), (pair) => Number.parseInt(pair, 16))) : null;
    need(found, file, `${place}.response`, "an answer of RFC 3161 with SHA-256", "something else");
    const head = known.get(size);
    const root = btoa(String.fromCharCode(...head.root.match(/../g).map((pair) => Number.parseInt(pair, 16))));
    const about = origins.map((origin) => digestOf(bytesOf(`${origin}\n${size}\n${root}\n`)));
    need(about.includes(found[0]), file, place, `a stamp of the head of ${size} rows`, found[0]);
    needMeanwhile(secondsOf(found[1]), head, box.moments.get("rounds.published"), file, place);
    before = size;
    if (found[1] > last) last = found[1];
  }
  return ["n_stamps", { n: stamps.length, last }];
}
