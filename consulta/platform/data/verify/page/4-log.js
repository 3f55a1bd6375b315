// The files and their digests, the log with its chain, heads and acts, and what opening and closing bound.
// Each check gives back the code of a note and its values, and leaves in the box what later ones need.

const ALWAYS = ["LEAME.txt", "README.txt", "archive.json", "checkpoints.json", "heads.txt", LOG, "opening.json"];
const WITH_BALLOTS = ["bundle.json", "receipts.csv", "result.json", "robustness.json"];
const EXTRAS = new Map([["panel", "panel.json"], ["reopened", "reopened.json"], ["registered", "registered.json"], ["stamps", "stamps.json"]]); // what an archive may have beside, and its file
const VERSIONS = {
  "archive.json": ["consulta-archive/3"],
  "bundle.json": ["consulta-bundle/3"],
  "first-bundle.json": ["consulta-bundle/3"],
  "result.json": ["consulta-result/3"],
  "first-result.json": ["consulta-result/3"],
  "robustness.json": ["consulta-robustness/3"],
  "public.json": ["consulta-public/1"],
  "checkpoints.json": ["consulta-checkpoints/1"],
  "panel.json": ["consulta-published-panel/1"],
  "reopened.json": ["consulta-reopened/1"],
  "registered.json": ["consulta-registered/1"],
  "stamps.json": ["consulta-stamps/1"],
};
const BALLOT_PARTS = ["ranking", "objectives", "endorsements"];
const NOMINEE_FIELDS = ["name", "organisation", "role", "country", "categories", "topics", "recent", "support"];
const FIRST_COUNT = ["excluded.csv", "first-bundle.json", "first-result.json"];
const JOINED = new Map([
  ["andean", "XA"],
  ["caribbean", "XB"],
  ["central_america", "XC"],
  ["mesoamerica", "XD"],
  ["south_america", "XE"],
  ["southern_cone", "XF"],
]);
const JOINED_CODES = new Set(JOINED.values());
const ALWAYS_THERE = ["country", "sector", "subregion"];
const SHOWN = ["at", "role", "seal", "action", "subject", "details"];
const OUTSIDE = ["act", "record_sha256", "round", "seat"]; // of a vote, in the log: what can be shown alone
const OF_LOG = ["heads.taken", "checkpoints.key", "witnesses.registered", "witnesses.ended"];
const HEADS_TITLE = "# size root time reason about";
const ONCE = ["rounds.committed", "rounds.opened", "rounds.closed", "rounds.counted", "rounds.published"];
const ZERO_DIGEST = "0".repeat(64);

function isDigest(text) {
  return typeof text === "string" && /^[0-9a-f]{64}$/.test(text);
}

/** What is known of an archive so far; to ask for what no check has read yet is `Missing`. */
function newBox(files, { zipped = null, name = "archive", heads = [], sums = [], replicates = REPLICATES } = {}) {
  const known = {
    files,
    zipped,
    name,
    heldHeads: heads,
    heldSums: sums,
    replicates,
    parsed: new Map(),
    organisations: null,
    repeated: null,
    text(file) {
      need(files.has(file), file, "(file)", "in the archive", "missing");
      try {
        return strictly.decode(files.get(file));
      } catch {
        throw new Differs(file, "(file)", "UTF-8", "another encoding");
      }
    },
    json(file) {
      if (!known.parsed.has(file)) {
        need(files.has(file), file, "(file)", "in the archive", "missing");
        known.parsed.set(file, objectIn(files.get(file), file));
      }
      return known.parsed.get(file);
    },
    bytes(file) {
      if (!files.has(file)) throw new Unreadable(file);
      return files.get(file);
    },
  };
  return new Proxy(known, {
    get(target, key) {
      if (key === "then") return undefined; // a box is nothing to wait for
      if (!(key in target)) throw new Missing(String(key));
      return target[key];
    },
  });
}

const NEW_LINE = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

function linesOf(text) {
  const lines = text.split(NEW_LINE);
  if (lines[lines.length - 1] === "") lines.pop();
  return lines;
}

function checkFiles(box) {
  const listed = new Map();
  linesOf(box.text("SHA256SUMS")).forEach((line, place) => {
    const cut = line.indexOf("  ");
    const [digest, name] = cut < 0 ? [line, ""] : [line.slice(0, cut), line.slice(cut + 2)];
    need(isDigest(digest) && name, "SHA256SUMS", `line ${place + 1}`, "digest  name", line);
    need(!listed.has(name), "SHA256SUMS", name, "once", "twice");
    listed.set(name, digest);
  });
  box.listed = listed;
  for (const [name, digest] of listed) {
    need(box.files.has(name), name, "(file)", "in the archive", "missing");
    const found = digestOf(box.bytes(name));
    need(found === digest, name, "sha256", digest, found);
  }
  const about = box.json("archive.json");
  const complete = truthy(at(about, "complete"));
  const wanted = new Set([...ALWAYS, ...(complete ? WITH_BALLOTS : ["public.json"])]);
  for (const part of partsTold(about)) if (EXTRAS.has(part)) wanted.add(EXTRAS.get(part));
  for (const name of sorted(wanted)) need(listed.has(name), "SHA256SUMS", name, "listed", "not listed");
  const free = new Set(["roll.csv", ...(complete ? ["package.json", "public.json", ...FIRST_COUNT] : [])]);
  const more = sorted([...listed.keys()].filter((name) => !wanted.has(name) && !free.has(name)));
  need(!more.length, "SHA256SUMS", more[0] ?? "", "(nothing)", "listed");
  const extra = sorted([...box.files.keys()].filter((name) => !listed.has(name) && name !== "SHA256SUMS"));
  need(!extra.length || !box.zipped, extra[0] ?? "", "(file)", "listed in SHA256SUMS", "not listed");
  const written = sorted(listed.keys()).map((name) => `${listed.get(name)}  ${name}\n`).join("");
  need(box.text("SHA256SUMS") === written, "SHA256SUMS", "(file)", "one line a file, by name", "not so");
  if (extra.length) return ["n_more", { n: listed.size, more: extra.join(", ") }];
  return ["n_files", { n: listed.size }];
}

/** What the archive says that it has beside what every archive has. */
function partsTold(about) {
  const parts = maybe(about, "parts");
  return Array.isArray(parts) && parts.every((name) => typeof name === "string") ? parts : [];
}

/** What the log says that the archive has beside; a panel where the newest row about one tells it. */
function partsInLog(box) {
  const panel = box.rows.filter((row) => row.get("action") === "panel.published").at(-1);
  const parts = [];
  if (panel && mapOf(panel.get("details")).has("panel")) parts.push("panel");
  if (reopenings(box).length) parts.push("reopened");
  if (registrations(box).length) parts.push("registered");
  if (mapOf(box.acts.get("rounds.published")).has("stamps_sha256")) parts.push("stamps");
  return parts;
}

/** The rows that tell that voting was reopened after a closing by mistake. */
function reopenings(box) {
  return box.rows.filter((row) => row.get("action") === "rounds.reopened");
}

/** The rows that tell that an organisation was registered after the opening. */
function registrations(box) {
  return box.rows.filter((row) => row.get("action") === "rounds.registered");
}

/** The rows that tell that such a registration was withdrawn, before the first vote of its seat. */
function withdrawals(box) {
  return box.rows.filter((row) => row.get("action") === "rounds.seat_withdrawn");
}

const OF_ROLL = ["seats", "roll_sha256", "roll_exact", "members_sha256"];

/** What the log tells of the roll, of all rows or of those before one: of the opening, then of each late seat. */
function rollTold(box, number = null) {
  const told = new Map(mapOf(box.acts.get("rounds.opened")));
  for (const row of registrations(box)) {
    const details = mapOf(row.get("details"));
    if (number !== null && row.get("seq") >= number) continue;
    for (const name of OF_ROLL) if (details.has(name)) told.set(name, details.get(name));
  }
  return told;
}

/** Whether an archive shows closings that a reopening undid: elsewhere they tell when ballots came. */
function showsClosings(box) {
  const about = box.json("archive.json");
  return maybe(about, "votes") === true || maybe(about, "secrecy") === "open";
}

/** How many rows the log had at each closing of the round, and when that was, by the heads that it tells. */
function closingsInLog(box) {
  const subject = at(box.json("archive.json"), "subject");
  const taken = box.rows.filter((row) => row.get("action") === "heads.taken");
  const closing = taken.filter((row) => maybe(row.get("details"), "reason") === "closing");
  return closing
    .filter((row) => equal(maybe(row.get("details"), "about"), subject))
    .map((row) => [at(row.get("details"), "size"), row.get("at")]);
}

/** Whether voting was open at a row of the log: after an opening or reopening, before its closing. */
function isOpen(box, number) {
  return box.closings.some(([end], place) => place < box.begins.length && box.begins[place] < number && number < end);
}

const HIDDEN_ROW = /^\{"digest":"([0-9a-f]{64})","previous":"([0-9a-f]{64})","seq":([0-9]{1,15})\}$/;

/** Every row follows from the one before; of each, its digest is kept: 32 bytes, since a log can have a million. */
function checkChain(box) {
  box.rows = [];
  box.cast = []; // rows of votes of which only what stands outside is shown
  box.leaves = new Uint8Array();
  const log = box.bytes(LOG);
  let leaves = new Uint8Array(32 * 1024);
  let previous = ZERO_DIGEST;
  let number = 0;
  try {
    for (let start = 0; start < log.length; ) {
      const end = log.indexOf(10, start);
      need(end >= 0, LOG, "(file)", "whole lines", "a part of one");
      const line = log.subarray(start, end);
      start = end + 1;
      previous = checkedRow(box, number + 1, line, previous);
      number += 1;
      if (32 * number > leaves.length) leaves = joined(leaves, new Uint8Array(leaves.length));
      leaves.set(unhex(previous), 32 * (number - 1));
    }
  } finally {
    box.leaves = leaves.subarray(0, 32 * number); // what later checks can still say of the rows before
  }
  need(number > 0, LOG, "(file)", "whole lines", "none");
  return ["n_rows", { n: number, shown: box.rows.length + box.cast.length }];
}

/** The digest of a row that follows from the one before. */
function checkedRow(box, number, line, previous) {
  const hidden = line.length < 200 ? HIDDEN_ROW.exec(String.fromCharCode(...line)) : null;
  if (hidden && hidden[2] === previous && Number(hidden[3]) === number) return hidden[1];
  return shownRow(box, number, line, previous);
}

/** Take in a row of which more is shown than number and digests, or one that is wrong: its digest. */
function shownRow(box, number, line, previous) {
  const place = `row ${number}`;
  const row = parseJson(line, `log.jsonl ${place}`);
  need(isMap(row) && row.get("seq") === int(number), LOG, place, int(number), row);
  need(maybe(row, "previous") === previous, LOG, `${place} previous`, previous, maybe(row, "previous"));
  need(isDigest(maybe(row, "digest")), LOG, `${place} digest`, "64 hex digits", row);
  need(sameBytes(line, canonical(row)), LOG, place, "canonical JSON", "another form");
  const names = sorted([...row.keys()].filter((name) => !["seq", "previous", "digest"].includes(name)));
  if (!names.length) return row.get("digest");
  const forms = [sorted(SHOWN), sorted([...SHOWN, "outside"]), ["hidden_sha256", "outside"]];
  need(forms.some((form) => equal(names, form)), LOG, place, forms[0].join(", "), names.join(", "));
  const shown = SHOWN.map((name) => row.get(name) ?? null);
  let digest;
  if (row.has("outside")) {
    const text = string(row.get("outside"));
    const hidden = row.has("hidden_sha256") ? row.get("hidden_sha256") : digestOf(canonical(shown));
    digest = digestOf(canonical([int(number), hidden, text, previous]));
    const told = parseJson(bytesOf(text), `log.jsonl ${place}`);
    need(sameBytes(bytesOf(text), canonical(told)), LOG, place, "canonical JSON", "not");
    row.set("hidden_sha256", hidden).set("outside_text", text);
  } else {
    digest = digestOf(canonical([int(number), ...shown, previous]));
  }
  need(digest === row.get("digest"), LOG, `${place} digest`, digest, row.get("digest"));
  for (const part of ["outside", "details"].filter((name) => row.has(name))) {
    row.set(part, objectIn(bytesOf(string(row.get(part))), `log.jsonl ${place}`));
  }
  (row.has("details") ? box.rows : box.cast).push(row);
  return row.get("digest");
}

function rowsIn(box) {
  return box.leaves.length / 32;
}

function leafOf(box, row) {
  return box.leaves.subarray(32 * row, 32 * row + 32);
}

// ---- the tree of RFC 6962 over the digests of the rows, as it grows row by row

class Tree {
  constructor() {
    this.size = 0;
    this.peaks = []; // of whole subtrees, the largest first
  }
  static node(left, right) {
    return sha256(joined(new Uint8Array([1]), left, right));
  }
  add(leaf) {
    let top = sha256(joined(new Uint8Array([0]), leaf));
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2) top = Tree.node(this.peaks.pop(), top);
    this.peaks.push(top);
    this.size += 1;
  }
  root() {
    if (!this.peaks.length) return digestOf(new Uint8Array());
    return hex(this.peaks.reduceRight((right, left) => Tree.node(left, right)));
  }
}

function headLine(head) {
  return [head.size, head.root, head.time, head.reason, head.about ?? "-"].join(" ");
}

/** A head as a value of JSON, to hold against a row of the log. */
function headMap(head) {
  return obj({ size: int(head.size), root: head.root, time: head.time, reason: head.reason, about: head.about });
}

function checkHeads(box) {
  box.heads = [];
  const subject = at(box.json("archive.json"), "subject");
  const told = new Map();
  for (const row of box.rows) if (row.get("action") === "heads.taken") told.set(Number(row.get("seq")), row);
  const lines = box.text("heads.txt").split("\n");
  need(lines[0] === HEADS_TITLE && lines[lines.length - 1] === "", "heads.txt", "line 1", HEADS_TITLE, lines[0]);
  const tree = new Tree();
  lines.slice(1, -1).forEach((line, number) => box.heads.push(readHead(box, tree, `line ${number + 2}`, line)));
  need(box.heads.length > 0, "heads.txt", "(file)", "a head", "none");
  for (const head of box.heads.slice(0, -1)) {
    const row = told.get(head.size + 1);
    told.delete(head.size + 1);
    const said = row ? new Map([...mapOf(row.get("details")), ["time", row.get("at")]]) : new Map();
    need(equal(said, headMap(head)), "heads.txt", `head of ${head.size} rows`, `as in row ${head.size + 1}`, headMap(head));
  }
  const left = sorted(told.keys());
  need(!left.length, "heads.txt", left.length ? `row ${left[0]}` : "", "a line for this head", "none");
  const last = box.heads[box.heads.length - 1];
  need(last.size === rowsIn(box), "heads.txt", "last line", `${rowsIn(box)} rows`, String(last.size));
  const covered = (reason) =>
    box.heads.filter((head) => head.reason === reason && head.about === subject).map((head) => [int(head.size), head.time]);
  const acted = (...acts) =>
    box.rows.filter((row) => acts.includes(row.get("action"))).map((row) => [row.get("seq"), row.get("at")]);
  const reasons = [
    ["publication", acted("rounds.published", "panel.published")],
    ["opening", acted("rounds.opened", "rounds.reopened", "rounds.registered", "rounds.seat_withdrawn")],
    ["closing", acted("rounds.closed")],
  ];
  for (const [reason, moments] of reasons) {
    const hidden = reason === "closing" && !showsClosings(box) ? reopenings(box).length : 0;
    const found = covered(reason).slice(hidden);
    need(equal(found, moments), "heads.txt", reason, moments, found);
  }
  const written = [HEADS_TITLE, ...box.heads.map(headLine), ""].join("\n");
  need(box.text("heads.txt") === written, "heads.txt", "(file)", "one line a head", "something else");
  return ["n_heads", { n: box.heads.length, root: last.root }];
}

function readHead(box, tree, place, line) {
  const parts = line.split(" ");
  need(parts.length === 5 && /^[\p{Nd}\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089]+$/u.test(parts[0]), "heads.txt", place, HEADS_TITLE.slice(2), line);
  if (!/^\p{Nd}+$/u.test(parts[0])) throw new Unreadable();
  const size = Number(Array.from(parts[0], digitOf).join(""));
  const [root, time, reason, about] = parts.slice(1);
  const earlier = box.heads.length ? box.heads[box.heads.length - 1].size : 0;
  need(earlier < size && size <= rowsIn(box), "heads.txt", place, `more than ${earlier} rows`, int(size));
  while (tree.size < size) tree.add(leafOf(box, tree.size)); // each head grows the tree of the one before
  const expected = tree.root();
  need(root === expected, "heads.txt", `${place} (${reason})`, expected, root);
  return { size, root, time, reason, about: about === "-" ? null : about };
}

/** The value of a decimal figure of any script: each script has ten in a row, from nought on. */
function digitOf(sign) {
  if (sign >= "0" && sign <= "9") return Number(sign);
  let before = 0;
  const code = sign.codePointAt(0);
  while (before < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(code - before - 1))) before += 1;
  return before;
}

/** How many rows the log had when each of these was its head: any row may be the last one of a tree. */
function sizesOf(box, wanted) {
  const found = new Map();
  const left = new Set(wanted);
  const tree = new Tree();
  while (left.size && tree.size < rowsIn(box)) {
    tree.add(leafOf(box, tree.size));
    const root = tree.root();
    if (left.delete(root)) found.set(root, tree.size);
  }
  return found;
}

function checkActs(box) {
  const about = box.json("archive.json");
  const votes = maybe(about, "votes") === true;
  const subject = at(about, "subject");
  const acts = new Map();
  const elsewhere = [...OF_LOG, ...(votes ? ["ballot.cast"] : [])];
  const begins = box.rows.filter((row) => ["rounds.opened", "rounds.reopened"].includes(row.get("action")));
  box.begins = begins.map((row) => row.get("seq"));
  box.closings = closingsInLog(box);
  checkReopened(box);
  const undone = box.closings.slice(0, -1).map(([size]) => size);
  for (const row of box.rows.filter((each) => !elsewhere.includes(each.get("action")))) {
    const place = `row ${row.get("seq")}`;
    const action = row.get("action");
    need(equal(row.get("subject"), subject), LOG, place, subject, row.get("subject"));
    if (ONCE.includes(action)) {
      const again =
        (action === "rounds.counted" &&
          box.rows.some((each) => each.get("action") === "ballots.excluded" && each.get("seq") < row.get("seq"))) ||
        (action === "rounds.closed" && acts.has(action) && undone.includes(acts.get(action).get("seq")));
      need(again || !acts.has(action), LOG, place, `${action} once`, "twice");
      acts.set(action, row);
    }
  }
  const complete = truthy(at(about, "complete"));
  const wanted = ONCE.filter((name) => complete || name !== "rounds.counted");
  for (const name of wanted) need(acts.has(name), LOG, name, "a row", "none");
  const order = wanted.map((name) => acts.get(name).get("seq"));
  need(equal(order, sorted(order)), LOG, "acts", `in the order ${wanted}`, order);
  const details = (name) => mapOf(acts.get(name).get("details"));
  box.acts = new Map([...acts.keys()].map((name) => [name, acts.get(name).get("details")]));
  box.moments = new Map([...acts.keys()].map((name) => [name, acts.get(name).get("at")]));
  const [opened, published] = ["rounds.opened", "rounds.published"].map(details);
  checkAbout(box);
  box.counts = box.rows.filter((row) => row.get("action") === "rounds.counted");
  checkDeadline(box, acts);
  checkRegistered(box);
  checkDrawn(box, acts);
  checkTakenOut(box, acts);
  box.places = new Map([...acts].map(([name, row]) => [name, row.get("seq")]));
  for (const [name, digest] of digestsInLog(box, about, opened, published)) {
    need(box.files.has(name), name, "(file)", "in the archive", "missing");
    const found = digestOf(box.bytes(name));
    need(found === digest, name, "sha256 in the log", digest, found);
  }
  const again = reopenings(box).length;
  const late = registrations(box).length;
  const gone = withdrawals(box).length;
  if (gone) return again ? ["n_all", { n: again, more: late, gone }] : ["n_withdrawn", { n: late, gone }];
  if (again && late) return ["n_both", { n: again, more: late }];
  if (late) return ["n_registered", { n: late }];
  return again ? ["n_reopened", { n: again }] : [null, {}];
}

const REGISTERED = ["head", "members_sha256", "number", "reason", "roll_sha256", "seats"];

/** Each late registration stands in an open time, with a reason, over the log as it stood; the file says the same. */
function checkRegistered(box) {
  const opened = mapOf(box.acts.get("rounds.opened"));
  const rows = registrations(box);
  const named = box.files.has("package.json");
  const digested = at(opened, "secrecy") === "open" ? ["seat_sha256"] : [];
  const names = sorted([...REGISTERED, ...(opened.has("roll_exact") ? ["roll_exact"] : []), ...digested]);
  checkWithdrawn(box);
  if (!rows.length) return;
  const kept = at(box.json("registered.json"), "registered");
  need(Array.isArray(kept), "registered.json", "registered", "a list", kept);
  need(kept.length === rows.length, "registered.json", "registered", `${rows.length} rows`, String(kept.length));
  const said = rows.map((row, place) => {
    const where = `row ${row.get("seq")}`;
    const told = mapOf(row.get("details"));
    const number = int(place + 1);
    need(equal(sorted(told.keys()), names), LOG, where, names.join(", "), sorted(told.keys()).join(", "));
    need(told.get("number") === number, LOG, `${where} number`, number, told.get("number"));
    const wanted = whole(at(opened, "seats")) + number;
    need(told.get("seats") === wanted, LOG, `${where} seats`, wanted, told.get("seats"));
    checkOpenAct(box, row);
    const line = new Map([["at", row.get("at")], ...sorted(told.keys()).map((name) => [name, told.get(name)])]);
    if (named) line.set("seat", lateSeat(kept[place], told, `seat ${number}`));
    return line;
  });
  const gone = withdrawals(box).map((row) => {
    const told = mapOf(row.get("details"));
    return new Map([["at", row.get("at")], ...sorted(told.keys()).map((name) => [name, told.get(name)])]);
  });
  const file = obj({ format: VERSIONS["registered.json"][0], registered: said, withdrawn: gone });
  same(file, box.json("registered.json"), "registered.json");
  const written = `${jsonText(file, ", ", ": ", " ")}\n`;
  need(box.text("registered.json") === written, "registered.json", "(file)", "as in the log", "written otherwise");
  checkLateNames(box, named ? kept : []);
}

const WITHDRAWN = ["head", "number", "reason", "seat"];

/** Each withdrawal is of one late registration before it, in an open time, with a reason; the closing agrees. */
function checkWithdrawn(box) {
  const rows = withdrawals(box);
  const made = registrations(box);
  const closed = maybe(box.acts.get("rounds.closed"), "withdrawn", int(0));
  const fine = isCountingNumber(closed) && closed === int(rows.length);
  need(fine, LOG, "rounds.closed withdrawn", `${rows.length} rows`, closed);
  const before = [];
  for (const row of rows) {
    const place = `row ${row.get("seq")}`;
    const told = mapOf(row.get("details"));
    const names = sorted(told.keys());
    need(equal(names, WITHDRAWN), LOG, place, WITHDRAWN.join(", "), names);
    const [number, seat] = [told.get("number"), told.get("seat")];
    const known = isWhole(number) && made.some((each) => maybe(each.get("details"), "number") === number && each.get("seq") < row.get("seq"));
    need(known, LOG, `${place} number`, "a registration before it", number);
    const once = !before.some((each) => equal(each.get("number"), number));
    need(once, LOG, `${place} number`, "each registration once", number);
    const fine = typeof seat === "string" && seat !== "" && !before.some((each) => equal(each.get("seat"), seat));
    need(fine, LOG, `${place} seat`, "a seat of the roll", seat);
    before.push(told);
    checkOpenAct(box, row);
    if (at(box.acts.get("rounds.opened"), "secrecy") !== "open" || !box.files.has("package.json")) continue;
    const kept = at(box.json("registered.json"), "registered")[Number(number) - 1];
    const own = kept === undefined ? null : at(kept, "seat", "seat");
    need(equal(own, seat), LOG, `${place} seat`, own, seat);
  }
}

/** A row of while voting was open: its reason and time, and the head of the log before it. */
function checkOpenAct(box, row) {
  const where = `row ${row.get("seq")}`;
  const told = mapOf(row.get("details"));
  const reason = told.get("reason");
  need(typeof reason === "string" && reason.trim() !== "", LOG, `${where} reason`, "a reason", "none");
  const until = untilTold(box, row.get("seq"));
  const meanwhile = isOpen(box, row.get("seq")) && byCodePoint(upTo(row.get("at"), 19), upTo(until, 19)) < 0;
  need(meanwhile, LOG, where, `after the opening and before ${until}`, row.get("at"));
  const before = box.heads.filter((head) => int(head.size) < row.get("seq")).slice(-1).map((head) => head.root);
  need(before.length && equal(told.get("head"), before[0]), LOG, `${where} head`, before, told.get("head"));
}

const OF_SEAT = ["base", "categories", "country", "organisation", "seat"];

/** The seat that a file tells beside a row: of public ballots, that of which the row has the digest. */
function lateSeat(kept, told, place) {
  const seat = maybe(kept, "seat");
  const fine = isMap(seat) && equal(sorted(seat.keys()), OF_SEAT) && isCountingNumber(seat.get("base"));
  need(fine, "registered.json", place, "a seat", seat);
  const digest = digestOf(canonical(seat));
  const wanted = told.has("seat_sha256") ? told.get("seat_sha256") : digest;
  need(equal(digest, wanted), "registered.json", place, wanted, digest);
  return seat;
}

/** A line at the end of the roll tells the same of a late organisation as the file about it. */
function checkLateLine(seat, row, line) {
  const kinds = mapOf(at(seat, "categories"));
  const told = ["sector", ...others(kinds.keys())].map((name) => maybe(kinds, name, ""));
  const said = [at(seat, "organisation"), at(seat, "country"), ...told, String(at(seat, "base"))];
  const given = row.slice(0, said.length);
  const alike = equal(given, said) || equal(given, said.map((cell) => safeCell(string(cell))));
  need(alike, "roll.csv", `line ${line}`, said.join(", "), row.join(", "));
}

/** The end of voting as it stood at a row of the log. */
function untilTold(box, number) {
  let until = at(box.acts.get("rounds.opened"), "closes_at");
  for (const row of box.rows) {
    const moves = ["rounds.extended", "rounds.reopened"].includes(row.get("action"));
    if (moves && row.get("seq") < number) until = at(row.get("details"), "after");
  }
  return until;
}

/** No organisation of after the opening was on the roll before; the roll without them is that of the opening. */
function checkLateNames(box, kept) {
  if (kept.length && box.files.has("package.json")) {
    const seats = [...listOf(at(box.json("package.json"), "seats")), ...kept.map((each) => at(each, "seat"))];
    for (const name of ["seat", "organisation"]) {
      const found = seats.map((each) => jsonText([at(each, name), name === "organisation" ? at(each, "country") : ""]));
      const twice = sorted(new Set(seats.filter((_, place) => found.filter((one) => one === found[place]).length > 1).map((each) => String(at(each, name)))));
      need(!twice.length, "registered.json", `seat.${name}`, "each organisation once", twice.join(", "));
    }
  }
  if (!box.files.has("roll.csv")) return;
  const lines = textOf(box.bytes("roll.csv")).split("\r\n");
  const rows = listRows(sheetText(box.bytes("roll.csv"))).slice(1);
  const before = rows.map((row) => row.slice(0, 2));
  const late = registrations(box).length;
  need(before.length >= late, "roll.csv", "(file)", `${late} lines or more`, String(before.length));
  for (let place = before.length - late; place < before.length; place += 1) {
    const once = before.filter((one) => equal(one, before[place])).length === 1;
    need(once, "roll.csv", `line ${place + 2}`, "each organisation once", before[place].join(", "));
    if (kept.length) checkLateLine(at(kept[place - before.length + late], "seat"), rows[place], place + 2);
  }
  const told = [box.acts.get("rounds.opened"), ...registrations(box).map((row) => row.get("details"))];
  told.reverse().forEach((row, left) => {
    const found = digestOf(bytesOf([...lines.slice(0, lines.length - 1 - left), ""].join("\r\n")));
    const digest = at(row, "members_sha256");
    need(equal(found, digest), "roll.csv", left ? `without its last ${left}` : "(file)", digest, found, ["roll", {}]);
  });
}

const REOPENED = ["after", "before", "closed_at", "reason"];
const UNDONE = [
  "rounds.counted",
  "rounds.drawn",
  "rounds.published",
  "panel.published",
  "ballots.excluded",
]; // acts that stand after the last reopening alone

/** Each reopening follows a closing, with a reason, before any count of it was public; the file says the same. */
function checkReopened(box) {
  const rows = reopenings(box);
  const said = rows.map((row, number) => {
    const place = `row ${row.get("seq")}`;
    const told = mapOf(row.get("details"));
    const names = sorted(told.keys());
    need(equal(names, REOPENED), LOG, place, REOPENED.join(", "), names);
    need(number + 1 < box.closings.length, LOG, place, "a closing before it and one after it", "none");
    const [[closed, moment], [later]] = box.closings.slice(number, number + 2);
    const between = closed < row.get("seq") && row.get("seq") < later;
    need(between, LOG, place, `after row ${closed}, before row ${later}`, row.get("seq"));
    const ended = upTo(told.get("closed_at"), 19);
    need(byCodePoint(ended, upTo(moment, 19)) >= 0, LOG, `${place} closed_at`, moment, told.get("closed_at"));
    need(byCodePoint(ended, upTo(row.get("at"), 19)) <= 0, LOG, `${place} closed_at`, row.get("at"), told);
    need(truthy(told.get("reason")), LOG, `${place} reason`, "a reason", "none");
    return new Map([["at", row.get("at")], ...REOPENED.map((name) => [name, told.get(name)])]);
  });
  if (!rows.length) return;
  const wanted = rows.length + 1;
  need(box.closings.length === wanted, LOG, "closing", `${wanted} heads`, String(box.closings.length));
  const kept = obj({ format: "consulta-reopened/1", reopened: said });
  same(kept, box.json("reopened.json"), "reopened.json");
  const written = `${jsonText(kept, ", ", ": ", " ")}\n`;
  need(box.text("reopened.json") === written, "reopened.json", "(file)", "as in the log", "written otherwise");
  for (const row of box.rows.filter((each) => UNDONE.includes(each.get("action")))) {
    const after = row.get("seq") > rows[rows.length - 1].get("seq");
    need(after, LOG, `row ${row.get("seq")}`, "after the last reopening", row.get("action"));
  }
}

/** What the archive says of itself follows from the acts, and the log shows of the votes what it says. */
function checkAbout(box) {
  const about = box.json("archive.json");
  const [opened, closed, published] = ["opened", "closed", "published"].map((act) => mapOf(box.acts.get(`rounds.${act}`)));
  need(mapOf(maybe(closed, "bound", new Map())).has("votes"), LOG, "rounds.closed", "what it bound", "nothing");
  const votes = maybe(about, "votes") === true;
  const secrecy = at(opened, "secrecy");
  const outside = secrecy === "open" ? "outside" : "hidden";
  const cast = votes ? "whole" : outside;
  const expected = obj({
    format: VERSIONS["archive.json"][0],
    round: at(opened, "key"),
    subject: at(about, "subject"),
    secrecy,
    complete: truthy(at(about, "complete")) || secrecy !== "aggregate",
    votes,
    cast,
    parts: partsInLog(box),
    example: at(published, "example"),
    code: at(published, "code"),
  });
  same(expected, about, "archive.json");
  const alone = cast === "outside" ? box.cast.length : 0;
  need(box.cast.length === alone, LOG, "parts of rows", `${alone} rows`, int(box.cast.length));
  const written = `${jsonText(expected, ", ", ": ", " ")}\n`;
  need(box.text("archive.json") === written, "archive.json", "(file)", "these lines alone", "something else");
  for (const row of box.rows.filter((each) => OF_LOG.includes(each.get("action")))) {
    need(row.get("subject") === "log", LOG, `row ${row.get("seq")}`, "log", row.get("subject"));
  }
}

/** The first signs of a moment: enough to compare it to the second or the minute. */
function upTo(moment, signs) {
  return string(moment).slice(0, signs);
}

/** Voting ended at the hour last announced. */
function checkDeadline(box, acts) {
  const opened = acts.get("rounds.opened");
  const closed = acts.get("rounds.closed");
  let until = at(opened, "details", "closes_at");
  for (const row of box.rows.filter((each) => ["rounds.extended", "rounds.reopened"].includes(each.get("action")))) {
    const place = `row ${row.get("seq")}`;
    const told = row.get("details");
    if (row.get("action") === "rounds.reopened") {
      need(equal(at(told, "before"), until), LOG, `${place} before`, until, at(told, "before"));
      const least = sorted([upTo(until, 19), upTo(row.get("at"), 19)])[1];
      const fine = byCodePoint(upTo(at(told, "after"), 19), least) >= 0;
      need(fine, LOG, `${place} after`, `not before ${least}`, at(told, "after"));
      until = at(told, "after");
      continue;
    }
    need(equal(at(told, "before"), until), LOG, `${place} before`, until, at(told, "before"));
    need(inOrder(at(told, "after"), until) > 0, LOG, `${place} after`, `later than ${until}`, at(told, "after"));
    const meanwhile = isOpen(box, row.get("seq")) && byCodePoint(upTo(row.get("at"), 19), upTo(until, 19)) < 0;
    need(meanwhile, LOG, place, `after the opening and before ${until}`, row.get("at"));
    need(truthy(at(told, "reason")), LOG, `${place} reason`, "a reason", "none");
    until = at(told, "after");
  }
  const details = mapOf(closed.get("details"));
  const told = at(details, "closes_at");
  need(equal(told, until), LOG, "rounds.closed closes_at", until, told);
  const early = byCodePoint(upTo(closed.get("at"), 19), upTo(until, 19)) < 0;
  need(!early || truthy(maybe(details, "reason")), LOG, "rounds.closed", "a reason", "none");
}

function checkDrawn(box, acts) {
  const announced = maybe(mapOf(acts.get("rounds.opened").get("details")), "public");
  const closed = acts.get("rounds.closed");
  const drawn = box.rows.filter((row) => row.get("action") === "rounds.drawn");
  const number = announced === null ? 0 : 1;
  need(drawn.length === number, LOG, "rounds.drawn", `${number} rows`, String(drawn.length));
  box.public = "";
  for (const row of drawn) {
    const place = `row ${row.get("seq")}`;
    const told = row.get("details");
    const before = box.counts.length ? box.counts[0] : acts.get("rounds.published");
    const meanwhile = closed.get("seq") < row.get("seq") && row.get("seq") < before.get("seq");
    need(meanwhile, LOG, place, "after the closing and before the count", row.get("seq"));
    const moments = [at(announced, "not_before"), acts.get("rounds.committed").get("at"), closed.get("at")];
    for (const since of moments) {
      const fine = byCodePoint(upTo(at(told, "at"), 16), upTo(since, 16)) >= 0;
      need(fine, LOG, `${place} at`, `not before ${since}`, at(told, "at"));
    }
    const entered = byCodePoint(upTo(at(told, "at"), 19), upTo(row.get("at"), 19)) <= 0;
    need(entered, LOG, `${place} at`, "not after it was entered", at(told, "at"));
    box.public = at(told, "value");
  }
}

function checkTakenOut(box, acts) {
  const closed = acts.get("rounds.closed");
  const published = acts.get("rounds.published");
  box.excluded = new Map();
  box.restored = new Map();
  for (const row of box.rows.filter((each) => each.get("action") === "ballots.excluded")) {
    const place = `row ${row.get("seq")}`;
    const told = row.get("details");
    const meanwhile = closed.get("seq") < row.get("seq") && row.get("seq") < published.get("seq");
    need(meanwhile, LOG, place, "after the closing and before the publication", row.get("seq"));
    const digest = at(told, "record_sha256");
    need(isDigest(digest), LOG, place, "64 hex digits", told);
    need(!box.excluded.has(digest), LOG, place, "each ballot once", "twice");
    for (const name of ["assisted", "young"]) {
      need(typeof at(told, name) === "boolean", LOG, `${place} ${name}`, "true or false", told);
    }
    const restored = at(told, "restored");
    const fine = typeof restored === "boolean" && (!restored || at(told, "assisted") || at(told, "young"));
    need(fine, LOG, `${place} restored`, "true or false, and only of a marked ballot", restored);
    box.excluded.set(digest, row);
  }
  const out = box.excluded.size;
  if (box.counts.length) {
    const last = box.counts[box.counts.length - 1];
    need(box.counts.length <= 1 + out, LOG, "rounds.counted", int(1 + out), int(box.counts.length));
    const told = maybe(last.get("details"), "excluded", 0n);
    const fine = isCountingNumber(told) && told === int(out);
    need(fine, LOG, "rounds.counted excluded", int(out), told);
    for (const row of box.excluded.values()) {
      const between = box.counts[0].get("seq") < row.get("seq") && row.get("seq") < last.get("seq");
      need(between, LOG, `row ${row.get("seq")}`, "between the first count and the last", row.get("seq"));
    }
  }
  for (const row of [closed, published]) needWhole(at(row, "details", "ballots"), `${row.get("action")} ballots`);
  const told = at(published, "details", "ballots");
  const left = at(closed, "details", "ballots") - takenOut(box).ballots;
  need(equal(told, left), LOG, "rounds.published ballots", left, told);
  checkObjections(closed, published, out, takenOut(box).replaced);
  const files = FIRST_COUNT.filter((name) => box.files.has(name));
  const wanted = out && truthy(at(box.json("archive.json"), "complete")) ? FIRST_COUNT : [];
  need(equal(files, wanted), "archive.json", "files of the first count", wanted, files);
}

function isCountingNumber(value) {
  return typeof value === "bigint" && value >= 0n;
}

function checkObjections(closed, published, excluded, restored) {
  const until = maybe(closed.get("details"), "objections_until");
  const told = maybe(published.get("details"), "objections");
  need((until === null) === (told === null), LOG, "rounds.published objections", until, told);
  if (until === null) return;
  const place = "rounds.published objections";
  const names = ["withdrawn", "rejected", "upheld", "undecided"];
  const wanted = sorted([...names, "made", "hours", "excluded", "alone", "restored"]);
  const there = sorted([...mapOf(told).keys()]);
  need(equal(there, wanted), LOG, place, wanted, there);
  for (const [name, value] of told) {
    need(isCountingNumber(value), LOG, `${place} ${name}`, "a whole number", value);
  }
  const total = names.reduce((sum, name) => sum + told.get(name), 0n);
  const upheld = told.get("upheld");
  need(told.get("made") === total, LOG, `${place} made`, total, told.get("made"));
  need(told.get("excluded") === int(excluded), LOG, `${place} excluded`, int(excluded), told.get("excluded"));
  const back = told.get("restored");
  need(back === restored, LOG, `${place} restored`, restored, back);
  const alone = told.get("alone");
  need(alone <= upheld, LOG, `${place} alone`, `${upheld} at most`, alone);
  need(int(excluded) <= upheld, LOG, `${place} upheld`, `${excluded} or more`, upheld);
  const late = byCodePoint(upTo(published.get("at"), 19), upTo(until, 19)) >= 0;
  need(late, LOG, "rounds.published", `not before ${until}`, published.get("at"));
  const seconds = secondsOf(until) - secondsOf(at(closed, "details", "closed_at"));
  const hours = rounded(new Q(seconds, 3600n));
  need(told.get("hours") === hours, LOG, `${place} hours`, hours, told.get("hours"));
  const because = maybe(published.get("details"), "undecided_because");
  need(truthy(because) === truthy(told.get("undecided")), LOG, `${place} undecided`, "a reason if any", because);
}

function secondsOf(moment) {
  const found = Date.parse(`${upTo(moment, 19)}Z`);
  if (Number.isNaN(found)) throw new Unreadable();
  return BigInt(Math.round(found / 1000));
}

function digestsInLog(box, about, opened, published) {
  const digests = new Map(mapOf(at(published, "files")));
  const shipped = sorted(ALWAYS.filter((name) => name.endsWith(".txt") && name !== "heads.txt"));
  need(equal(sorted(digests.keys()), shipped), LOG, "rounds.published files", shipped, sorted(digests.keys()));
  if (published.has("stamps_sha256")) digests.set("stamps.json", published.get("stamps_sha256"));
  const rounds = published.has("public_sha256");
  const found = box.files.has("public.json");
  need(rounds || !found, "public.json", "(file)", "(nothing)", "figures that the log does not tell of");
  if (rounds) digests.set("public.json", published.get("public_sha256"));
  if (!truthy(at(about, "complete"))) return digests;
  const counted = mapOf(box.acts.get("rounds.counted"));
  const told = at(published, "bundle_sha256");
  const once = at(counted, "bundle_sha256");
  need(equal(told, once), LOG, "rounds.published bundle_sha256", once, told);
  digests.set("bundle.json", once).set("result.json", at(counted, "result_sha256"));
  digests.set("robustness.json", at(counted, "robustness_sha256"));
  if (box.excluded.size) {
    const before = box.counts[0].get("details");
    digests.set("first-bundle.json", at(before, "bundle_sha256"));
    digests.set("first-result.json", at(before, "result_sha256"));
  }
  if (box.files.has("package.json")) digests.set("package.json", at(opened, "package_sha256"));
  return digests;
}

// ---- what opening and closing bound

/** A digest keyed with the round's secret, so that what stands behind it cannot be tried. */
function sealed(secret, label, content) {
  const bytes = content instanceof Uint8Array ? content : canonical(content);
  return hmacOf(secret, bytesOf(`${label}|${digestOf(bytes)}`));
}

/**
 * The first line of the roll that other files contradict, or null where they show none. Where ballots have names,
 * that is the list of the opening; else the counted roll, which has no names.
 */
function changedRoll(box) {
  if (!truthy(at(box.json("archive.json"), "complete"))) return ["roll", {}];
  const rows = listRows(sheetText(box.bytes("roll.csv"))).slice(1);
  if (box.files.has("package.json")) {
    const late = box.files.has("registered.json") ? listOf(at(box.json("registered.json"), "registered")) : [];
    const seats = [...listOf(at(box.json("package.json"), "seats")), ...late.map((each) => at(each, "seat"))];
    const said = seats.map((seat) => [at(seat, "organisation"), at(seat, "country"), at(seat, "categories", "sector")]);
    const alike = (row, told) => equal(row.slice(0, 3), told) || equal(row.slice(0, 3), told.map(safeCell));
    const found = rows.slice(0, said.length).findIndex((row, place) => !alike(row, said[place]));
    return found < 0 ? ["roll", {}] : ["roll_line", { n: found + 2 }];
  }
  const counted = new Map();
  const there = new Map();
  const add = (numbers, sector) => numbers.set(sector, (numbers.get(sector) ?? 0n) + 1n);
  for (const seat of listOf(at(box.json("bundle.json"), "seats"))) add(counted, at(seat, "categories", "sector"));
  for (const row of rows) add(there, at(row, 2));
  for (const sector of sorted([...new Set([...counted.keys(), ...there.keys()])])) {
    const [expected, found] = [counted.get(sector) ?? 0n, there.get(sector) ?? 0n];
    if (expected !== found) return ["roll_sector", { sector, expected, found }];
  }
  return ["roll", {}];
}

function checkBound(box) {
  const opened = mapOf(box.acts.get("rounds.opened"));
  const closed = mapOf(box.acts.get("rounds.closed"));
  const bound = mapOf(at(closed, "bound"));
  const about = box.json("archive.json");
  checkNumbers(box, closed);
  const fixed = rollTold(box);
  for (const [name, value] of bound) {
    if (fixed.has(name)) same(fixed.get(name), value, LOG, `rounds.closed ${name}`);
  }
  for (const row of box.rows.filter((each) => each.get("action") === "rounds.closed").slice(0, -1)) {
    const then = rollTold(box, row.get("seq"));
    for (const [name, value] of mapOf(at(row.get("details"), "bound"))) {
      if (then.has(name)) same(then.get(name), value, LOG, `row ${row.get("seq")} ${name}`);
    }
  }
  const texts = digestOf(box.bytes("opening.json"));
  need(equal(texts, at(bound, "texts_sha256")), "opening.json", "texts at closing", at(bound, "texts_sha256"), texts);
  checkOpening(box, opened);
  const there = box.files.has("roll.csv");
  const wanted = at(opened, "roll") === "public" || truthy(at(about, "votes"));
  const told = (yes) => (yes ? "in the archive" : "missing");
  need(there === wanted, "roll.csv", "(file)", told(wanted), told(there));
  if (there) {
    const found = digestOf(box.bytes("roll.csv"));
    const wanted_ = at(bound, "members_sha256");
    if (!equal(found, wanted_)) {
      throw new Differs("roll.csv", "roll at closing", short(wanted_), found, changedRoll(box));
    }
  }
  if (truthy(at(about, "complete"))) checkCounted(box, closed, bound);
  return ["n_bound", { n: bound.size + at(bound, "nominees").size + 4 }];
}

function takenOut(box) {
  const out = { replaced: marked(box, "restored") };
  out.ballots = int(box.excluded.size) - out.replaced;
  for (const name of ["assisted", "young"]) out[name] = marked(box, name);
  return out;
}

function marked(box, name) {
  return int([...box.excluded.values()].filter((row) => maybe(row.get("details"), name) === true).length);
}

function checkNumbers(box, closed) {
  const opened = mapOf(box.acts.get("rounds.opened"));
  const published = mapOf(box.acts.get("rounds.published"));
  for (const name of ["assisted", "ballots", "cast", "late", "replaced", "seats"]) {
    needWhole(at(closed, name), `rounds.closed ${name}`);
  }
  const out = takenOut(box);
  const alike = [...closed.keys()].filter((name) => published.has(name) && name !== "electorate");
  for (const name of sorted(new Set(["ballots", "assisted", "replaced", "late", ...alike]))) {
    let wanted = at(closed, name);
    if (out[name]) wanted = whole(wanted) - out[name];
    const given = maybe(published, name);
    const fine = typeof given === typeof wanted && equal(given, wanted);
    need(fine, LOG, `rounds.published ${name}`, wanted, given);
  }
  const cast = whole(at(closed, "ballots")) + whole(at(closed, "replaced"));
  need(equal(at(closed, "cast"), cast), LOG, "rounds.closed cast", cast, at(closed, "cast"));
  same(at(rollTold(box), "seats"), at(closed, "seats"), LOG, "rounds.closed seats");
  const example = at(published, "example");
  same(maybe(opened, "example", example), example, LOG, "rounds.published example");
  const most = whole(at(closed, "seats")) - whole(at(closed, "late"));
  const since = maybe(published, "late_since");
  need(isCountingNumber(since) && since <= most, LOG, "rounds.published late_since", `0 to ${most}`, since);
  if (published.has("abstained")) {
    const told = published.get("abstained");
    const silent = at(closed, "bound").has("abstentions") ? at(closed, "seats") - at(closed, "ballots") : 0n;
    const fine = silent > 0n && (told === null || (isCountingNumber(told) && told > 0n && told <= silent));
    need(fine, LOG, "rounds.published abstained", `${silent} at most`, told);
  }
  checkElectorate(mapOf(at(closed, "electorate")), published, out);
}

/** A number of a row of the log: true is not 1, and 1.0 is another form of it. */
function needWhole(value, place) {
  need(isCountingNumber(value), LOG, place, "a whole number", value);
}

function checkElectorate(bound, published, out) {
  const told = mapOf(maybe(published, "electorate", new Map()));
  const place = "rounds.published electorate";
  same(sorted([...bound.keys(), "by_subregion"]), sorted(told.keys()), LOG, place);
  for (const [name, number] of bound) {
    needWhole(number, `rounds.closed electorate ${name}`);
    // The log does not tell of a ballot taken out whether there was an objection to the change behind it.
    const least = whole(number) - (name === "objected" ? out.young : (out[name] ?? 0n));
    const most = name === "objected" ? number : least;
    const wanted = least === most ? String(most) : `${least} to ${most}`;
    const given = told.get(name);
    need(typeof given === "bigint" && least <= given && given <= most, LOG, `${place} ${name}`, wanted, given);
  }
  const assisted = at(published, "assisted");
  need(equal(assisted, at(told, "assisted")), LOG, `${place} assisted`, assisted, told);
  const lines = [...mapOf(told.get("by_subregion")).values()];
  for (const name of lines.length ? ["assisted", "young", "objected"] : []) {
    for (const line of lines) needWhole(at(line, name), `${place} by_subregion ${name}`);
    const total = lines.reduce((sum, line) => sum + at(line, name), 0n);
    need(equal(total, at(told, name)), LOG, `${place} by_subregion ${name}`, at(told, name), total);
  }
}

function checkOpening(box, opened) {
  const texts = box.json("opening.json");
  need(sameBytes(box.bytes("opening.json"), canonical(texts)), "opening.json", "(file)", "canonical JSON", "another form");
  const told = obj({ key: at(opened, "key"), secrecy: at(opened, "secrecy"), closes_at: at(opened, "closes_at") });
  const said = new Map([...told.keys()].map((name) => [name, maybe(at(texts, "round"), name)]));
  same(told, said, "opening.json", "round");
  same(at(box.acts.get("rounds.committed"), "commitment"), at(texts, "seed", "commitment"), "opening.json", "seed.commitment");
}

function bySeat(list) {
  return sorted(listOf(list), (each) => at(each, "seat"));
}

function checkCounted(box, closed, bound) {
  const file = box.excluded.size ? "first-bundle.json" : "bundle.json";
  const bundle = box.json(file);
  const texts = box.json("opening.json");
  const title = new Map(mapOf(at(texts, "round", "title")));
  const others = maybe(mapOf(maybe(texts, "translations", new Map())), "title", new Map());
  for (const [language, words] of mapOf(others)) title.set(language, words);
  same(title, at(bundle, "round", "title"), file, "round.title");
  same(at(closed, "closed_at"), at(bundle, "round", "closed_at"), file, "round.closed_at");
  const secret = unhex(at(bundle, "seed", "secret"));
  const committed = at(box.acts.get("rounds.committed"), "commitment");
  need(equal(digestOf(secret), committed), file, "seed.secret", committed, digestOf(secret));
  checkSealedNominees(bundle, bound, secret);
  const ballots = bySeat(at(bundle, "ballots"));
  for (const name of BALLOT_PARTS) {
    const found = sealed(secret, name, ballots.map((ballot) => [at(ballot, "seat"), maybe(ballot, name, [])]));
    need(equal(found, at(bound, name)), file, `ballots[].${name} at closing`, at(bound, name), found);
  }
  const all = ballots.map((ballot) => new Map([["seat", at(ballot, "seat")], ...BALLOT_PARTS.map((name) => [name, maybe(ballot, name, [])])]));
  const found = sealed(secret, "ballots", all);
  need(equal(found, at(bound, "ballots")), file, "ballots at closing", at(bound, "ballots"), found);
  const [here, out] = ["receipts.csv", ...(box.excluded.size ? ["excluded.csv"] : [])].map((name) => listRows(sheetText(box.bytes(name))).slice(1));
  const gone = new Set((out ?? []).map((row) => at(row, 1)));
  const rows = [...here.filter((row) => !gone.has(at(row, 1))), ...(out ?? [])];
  const receipts = sealed(secret, "receipts", bytesOf(sorted(rows, (row) => at(row, 0)).map((row) => `${row[0]} ${at(row, 2)}\n`).join("")));
  need(equal(receipts, at(bound, "receipts")), "receipts.csv", "receipts at closing", at(bound, "receipts"), receipts);
  if (box.files.has("roll.csv")) checkMembers(box, bundle);
  const least = joinedBelow(box);
  if (least !== null) {
    const seats = digestOf(canonical(bySeat(at(bundle, "seats"))));
    need(equal(seats, at(bound, "seats_sha256")), file, "seats at closing", at(bound, "seats_sha256"), seats);
    checkJoined(bundle, least, file);
    if (box.excluded.size) checkJoined(box.json("bundle.json"), least, "bundle.json");
  }
}

function checkSealedNominees(bundle, bound, secret) {
  const nominees = listOf(maybe(bundle, "nominees", []));
  const unsaid = { categories: new Map(), topics: [], recent: 0n, support: null };
  const told = mapOf(at(bound, "nominees"));
  need(equal(sorted(told.keys()), sorted(NOMINEE_FIELDS)), LOG, "nominees", NOMINEE_FIELDS, "others");
  for (const name of NOMINEE_FIELDS) {
    const said = nominees.map((nominee) => [at(nominee, "key"), maybe(nominee, name, unsaid[name] ?? null)]);
    const found = sealed(secret, `nominees.${name}`, said);
    need(equal(found, told.get(name)), "bundle.json", `nominees[].${name} at closing`, told.get(name), found);
  }
}

function joinedBelow(box) {
  return box.files.has("opening.json") ? maybe(at(box.json("opening.json"), "round"), "joined_below") : null;
}

function others(names) {
  return sorted(new Set([...names].filter((name) => !ALWAYS_THERE.includes(name))));
}

function joinedCode(subregion) {
  return JOINED.get(subregion) ?? null;
}

/** Of every base and category in all dimensions, each country has ballots enough, or stands with all. */
function checkJoined(bundle, least, file) {
  const voted = new Set(listOf(at(bundle, "ballots")).map((ballot) => at(ballot, "seat")));
  const groups = new Map();
  for (const seat of listOf(at(bundle, "seats"))) {
    const kind = mapOf(at(seat, "categories"));
    const rest = others(kind.keys()).map((name) => `${name} ${string(kind.get(name))}`);
    const cell = [at(kind, "subregion"), at(kind, "sector"), ...rest, maybe(seat, "base", 1n)];
    const id = jsonText(cell);
    if (!groups.has(id)) groups.set(id, { cell, countries: new Map() });
    const { countries } = groups.get(id);
    const country = at(seat, "country");
    countries.set(country, (countries.get(country) ?? 0) + (voted.has(at(seat, "seat")) ? 1 : 0));
  }
  for (const { cell, countries } of sorted(groups.values(), (group) => group.cell)) {
    const place = `seats of ${cell.map(String).join(", ")}`;
    const code = joinedCode(cell[0]);
    for (const country of sorted(countries.keys())) {
      const ballots = countries.get(country);
      need(country === code || !JOINED_CODES.has(country), file, place, code, country);
      const alone = countries.size === 1 && country === code;
      need(alone || int(ballots) >= least, file, `${place}, ${country}`, `${least} ballots or more`, int(ballots));
    }
  }
}

/** The public roll has as many organisations of each category and base as the counted one. */
function checkMembers(box, bundle) {
  const seats = listOf(at(bundle, "seats"));
  const added = others(seats.flatMap((seat) => [...mapOf(at(seat, "categories")).keys()]));
  const headings = ["organisation", "country", "sector", ...added, "base"];
  const [first, ...rows] = listRows(sheetText(box.bytes("roll.csv")));
  if (first === undefined) throw new Unreadable();
  need(equal(first.slice(0, headings.length), headings), "roll.csv", "line 1", headings, first);
  let named = sorted(rows.map((row) => row.slice(1, headings.length)));
  let counted = sorted(
    seats.map((seat) => [
      at(seat, "country"),
      at(seat, "categories", "sector"),
      ...added.map((name) => maybe(at(seat, "categories"), name, "")),
      jsonText(maybe(seat, "base", 1n)),
    ]),
  );
  if (joinedBelow(box) !== null) {
    // A country stands by itself in a sector and base, with all its organisations there, or not at all.
    const alone = new Set(counted.map((kind) => jsonText(kind)));
    named = sorted(named.map((kind) => (alone.has(jsonText(kind)) ? kind : ["", ...kind.slice(1)])));
    counted = sorted(counted.map((kind) => (JOINED_CODES.has(kind[0]) ? ["", ...kind.slice(1)] : kind)));
  }
  for (let place = 0; place < Math.min(named.length, counted.length); place += 1) {
    const where = `seats, against line ${place + 2} of roll.csv sorted`;
    need(equal(named[place], counted[place]), "bundle.json", where, named[place], counted[place]);
  }
  need(named.length === counted.length, "bundle.json", "seats, against roll.csv", int(named.length), int(counted.length));
}

function checkVotes(box) {
  const closed = mapOf(box.acts.get("rounds.closed"));
  const last = new Map();
  const own = new Map();
  const assisted = new Map();
  const marks = new Map();
  const rows = box.rows.filter((row) => row.get("action") === "ballot.cast");
  need(equal(int(rows.length), at(closed, "cast")), LOG, "ballot.cast", `${short(at(closed, "cast"))} rows`, int(rows.length));
  for (const row of rows) {
    const place = `row ${row.get("seq")}`;
    const meanwhile = isOpen(box, row.get("seq"));
    need(meanwhile, LOG, place, "a vote between opening and closing", row.get("at"));
    const subject = string(row.get("subject"));
    need(subject.startsWith("seat:"), LOG, place, "a seat", subject);
    const told = row.get("details");
    last.set(subject, at(told, "record_sha256"));
    assisted.set(subject, maybe(told, "assisted") === true);
    const marked = ["assisted", "young"].map((name) => maybe(told, name) === true);
    if (!marked.includes(true)) own.set(subject, at(told, "record_sha256"));
    if (box.excluded.has(at(told, "record_sha256"))) marks.set(at(told, "record_sha256"), marked);
    if (row.has("outside")) {
      const inside = at(told, "record_sha256");
      const record = at(row.get("outside"), "record_sha256");
      need(equal(record, inside), LOG, `${place} outside`, inside, record);
    }
  }
  need(equal(int(last.size), at(closed, "ballots")), LOG, "ballot.cast", `${at(closed, "ballots")} seats`, int(last.size));
  const number = int([...assisted.values()].filter(Boolean).length);
  need(equal(number, at(closed, "assisted")), LOG, "ballot.cast assisted", at(closed, "assisted"), number);
  const there = new Set(last.values());
  const ours = new Set(own.values());
  for (const [digest, row] of box.excluded) {
    const place = `row ${row.get("seq")}`;
    need(there.has(digest), LOG, place, "the last vote of a seat in the log", digest);
    const told = ["assisted", "young"].map((name) => at(row.get("details"), name));
    need(equal(told, marks.get(digest)), LOG, `${place} assisted, young`, marks.get(digest), told);
  }
  for (const seat of sorted(box.records.keys())) {
    const digest = box.records.get(seat);
    const [among, what] = box.restored.has(seat) ? [ours, "the last own vote of a seat in the log"] : [there, "the last vote of a seat in the log"];
    need(among.has(digest), "bundle.json", `ballot of ${seat}`, what, digest, ["vote_last", { seat }]);
  }
  checkCast(box, rows);
  return ["n_votes", { n: rows.length, replaced: rows.length - last.size }];
}

/** The same, where of each vote the log shows only what stands outside: record and seat. */
function checkOutside(box) {
  const last = checkCast(box, box.cast);
  return ["n_votes", { n: box.cast.length, replaced: box.cast.length - last.size }];
}

/** What stands outside in the rows of votes: those of the closing; the last of a seat is what counts. */
function checkCast(box, rows) {
  const closed = mapOf(box.acts.get("rounds.closed"));
  const last = new Map();
  const earlier = new Set();
  const whole_ = new Sha256().update(utf8.encode("["));
  const undone = box.rows.filter((row) => row.get("action") === "rounds.closed").slice(0, -1);
  need(equal(int(rows.length), at(closed, "cast")), LOG, "ballot.cast", `${short(at(closed, "cast"))} rows`, int(rows.length));
  const subject = at(box.json("archive.json"), "subject");
  for (const row of rows) {
    const place = `row ${row.get("seq")}`;
    const told = row.has("outside") ? row.get("outside") : null;
    need(isMap(told), LOG, place, "a part that is shown alone", "none");
    const names = sorted(told.keys());
    need(equal(names, sorted(OUTSIDE)), LOG, `${place} outside`, OUTSIDE, names);
    const fine = told.get("act") === "ballot.cast" && equal(told.get("round"), subject);
    need(fine, LOG, `${place} outside`, `a vote of ${subject}`, told);
    const meanwhile = isOpen(box, row.get("seq"));
    need(meanwhile, LOG, place, "a vote between opening and closing", row.get("seq"));
    if (undone.length && row.get("seq") > undone[0].get("seq")) checkUndone(box, undone.shift(), rows, last);
    if (last.size) whole_.update(utf8.encode(","));
    whole_.update(canonical([row.get("seq"), row.get("hidden_sha256"), row.get("outside_text")]));
    last.set(told.get("seat"), told.get("record_sha256"));
    if (box.restored.has(told.get("seat"))) earlier.add(`${told.get("seat")} ${told.get("record_sha256")}`);
  }
  for (const row of undone) checkUndone(box, row, rows, last);
  whole_.update(utf8.encode("]"));
  need(equal(int(last.size), at(closed, "ballots")), LOG, "ballot.cast", `${at(closed, "ballots")} seats`, int(last.size));
  for (const seat of sorted(box.records.keys())) {
    const digest = box.records.get(seat);
    const back = box.restored.get(seat);
    const fine = back ? last.get(seat) === back && earlier.has(`${seat} ${digest}`) : last.get(seat) === digest;
    need(fine, "bundle.json", `ballot of ${seat}`, "the last vote of its seat in the log", digest, ["vote_last", { seat }]);
  }
  const there = new Set(last.values());
  for (const [digest, row] of box.excluded) {
    need(there.has(digest), LOG, `row ${row.get("seq")}`, "the last vote of a seat in the log", digest);
  }
  for (const row of withdrawals(box)) {
    const seat = at(row.get("details"), "seat");
    need(!last.has(seat), LOG, `row ${row.get("seq")} seat`, "no vote of this seat", seat);
  }
  const secret = unhex(at(box.json("bundle.json"), "seed", "secret"));
  const found = hmacOf(secret, bytesOf(`votes|${hex(whole_.digest())}`));
  const bound = at(closed, "bound", "votes");
  need(equal(found, bound), LOG, "rows of votes at closing", bound, found);
  return last;
}

/** A closing that a reopening undid bound the votes of before it: all of them are there still. */
function checkUndone(box, row, rows, last) {
  const place = `row ${row.get("seq")}`;
  const told = mapOf(row.get("details"));
  const before = rows.filter((each) => each.get("seq") < row.get("seq"));
  const soFar = new Sha256().update(utf8.encode("["));
  before.forEach((each, number) => {
    if (number) soFar.update(utf8.encode(","));
    soFar.update(canonical([each.get("seq"), each.get("hidden_sha256"), each.get("outside_text")]));
  });
  soFar.update(utf8.encode("]"));
  for (const name of ["cast", "ballots"]) needWhole(at(told, name), `${place} ${name}`);
  need(equal(at(told, "cast"), int(before.length)), LOG, `${place} cast`, int(before.length), at(told, "cast"));
  need(equal(at(told, "ballots"), int(last.size)), LOG, `${place} ballots`, int(last.size), at(told, "ballots"));
  const secret = unhex(at(box.json("bundle.json"), "seed", "secret"));
  const found = hmacOf(secret, bytesOf(`votes|${hex(soFar.digest())}`));
  const bound = at(told, "bound", "votes");
  need(equal(found, bound), LOG, `rows of votes at the closing of ${place}`, bound, found);
}
