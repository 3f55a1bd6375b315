// The bundle: its form, ready to be counted; and the receipts, whose codes follow from the ballots.

const UNRANKED = 10 ** 6;
const OBJECTIVES = 23;
const ALPHABET = "34679CDFHJKMNPRTWXY";
const MILLION = 1000000n;

const BUNDLE_FIELDS = ["format", "round", "rules", "themes", "seats", "ballots", "nominees", "seed"];
const PARTS = {
  round: ["key", "title", "closed_at"],
  themes: ["key", "title", "objectives"],
  seats: ["seat", "country", "categories", "base"],
  ballots: ["seat", "ranking", "objectives", "endorsements"],
  nominees: ["key", ...NOMINEE_FIELDS],
  seed: ["commitment", "secret", "public"],
};
const NO_CATEGORIES = ["country", "organisation", "role"];

function usualRules() {
  return obj({
    max_ranks: 5n,
    max_objectives: 5n,
    max_endorsements: 5n,
    balance: obj({ subregion: "equal", sector: "sqrt" }),
    weight_bounds: [0.2, 5],
    method: "points",
    objective_share: 250n,
    spread: obj({ subregion: 500n, sector: 500n }),
    topics: 1n,
    version: 3n,
    max_ballot: 50n,
    support_min: 3n,
    topics_rule: "shared",
  });
}

const IRREGULAR_TAGS =
  "en-gb-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux i-mingo i-navajo i-pwn i-tao i-tay i-tsu sgn-be-fr sgn-be-nl sgn-ch-de".split(" ");
const TAG = new RegExp(
  "^(?:(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?" +
    "(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?)|x(?:-[a-z0-9]{1,8})+)$",
);

/** Whether a text has the form of a language tag of RFC 5646. */
function isTag(tag) {
  const lower = tag.toLowerCase();
  return IRREGULAR_TAGS.includes(lower) || (/^[a-z0-9-]*$/.test(lower) && TAG.test(lower));
}

function checkWords(title, file, place) {
  need(isMap(title) && title.size > 0, file, place, "words in a language", title);
  const tags = [...title.keys()];
  need(new Set(tags.map((tag) => tag.toLowerCase())).size === tags.length, file, place, "each language once", tags);
  for (const [tag, words] of title) {
    need(isTag(tag), file, `${place}.${tag}`, "a language tag", tag);
    need(typeof words === "string" && words !== "", file, `${place}.${tag}`, "words", words);
  }
}

function areObjectives(numbers) {
  const list = listOf(numbers);
  const fine = list.every((number) => typeof number === "bigint" && number >= 1n && number <= OBJECTIVES);
  return fine && new Set(list).size === list.length;
}

function partsOf(bundle, name) {
  const there = bundle.has(name) ? bundle.get(name) : [];
  if (isMap(there)) return [[name, there]];
  return listOf(there).map((part, place) => [`${name}[${place}]`, mapOf(part)]);
}

/** A ballot: whose, in which categories, its base, the tier of every theme, what it names. */
function newBallot(seat, held, base, tiers, mask, endorsed) {
  // What it gives each theme: 2 for every theme below it, 1 for every one beside it (3.6).
  const wins = tiers.map((mine) => tiers.reduce((sum, other) => sum + (mine < other ? 2 : mine === other ? 1 : 0), -1));
  return { seat, held, base, tiers, mask, endorsed, wins };
}

function ballotWithout(ballot, x) {
  const tiers = ballot.tiers.filter((_, y) => y !== x);
  const { seat, held, base, mask, endorsed, spots } = ballot;
  return { ...newBallot(seat, held, base, tiers, mask, endorsed), spots };
}

/** The bundle, ready to be counted. */
function readRound(bundle) {
  const file = "bundle.json";
  const unknown = sorted([...bundle.keys()].filter((name) => !BUNDLE_FIELDS.includes(name)));
  need(!unknown.length, file, unknown[0] ?? "", "(nothing)", "a field not known");
  const family = "consulta-bundle/3";
  need(at(bundle, "format") === family, file, "format", family, at(bundle, "format"));
  for (const [name, fields] of Object.entries(PARTS)) {
    for (const [place, part] of partsOf(bundle, name)) {
      const inside = part.has("categories") ? [...mapOf(part.get("categories")).keys()] : [];
      const more = sorted([...[...part.keys()].filter((field) => !fields.includes(field)), ...inside.filter((field) => NO_CATEGORIES.includes(field))]);
      need(!more.length, file, `${place}.['${more[0]}']`, "(nothing)", "a field not known");
    }
  }
  const rules = usualRules();
  for (const [name, value] of mapOf(at(bundle, "rules"))) {
    need(rules.has(name) || name === "panel", file, `rules.${name}`, "(nothing)", "a rule not known");
    rules.set(name, value);
  }
  checkForm(bundle, rules, file);
  const themes = listOf(at(bundle, "themes"));
  const keys = themes.map((theme) => string(at(theme, "key")));
  need(new Set(keys).size === keys.length && keys.length > 1, file, "themes", "two or more, each once", keys);
  const objectives = themes.map((theme, place) => {
    const numbers = listOf(at(theme, "objectives"));
    const fine = numbers.length >= 1 && numbers.length <= 5 && areObjectives(numbers);
    need(fine, file, `themes[${place}].objectives`, "1 to 5 numbers from 1 to 23", numbers);
    return numbers.map(Number);
  });
  const seats = readRoll(bundle, file);
  const nominees = new Map(listOf(maybe(bundle, "nominees", [])).map((nominee) => [at(nominee, "key"), nominee]));
  const found = { raw: bundle, rules, keys, objectives, seats, nominees };
  found.ballots = readBallots(found, file);
  found.secret = unhex(at(bundle, "seed", "secret"));
  found.commitment = string(at(bundle, "seed", "commitment")).toLowerCase();
  found.public = maybe(at(bundle, "seed"), "public", "");
  found.rule = (name) => at(rules, name);
  found.root = ballotsRoot(bundle);
  found.seed = digestOf(joined(found.secret, unhex(found.root), bytesOf(string(found.public))));
  found.kinds = kindsOf(found);
  return found;
}

function checkForm(bundle, rules, file) {
  const said = maybe(at(bundle, "rules"), "version", null);
  need(said === 3n, file, "rules.version", 3n, said);
  for (const [name, least, most] of [["max_ballot", 1n, 1000n], ["support_min", 1n, MILLION]]) {
    const given = rules.get(name);
    need(typeof given === "bigint" && given >= least && given <= most, file, `rules.${name}`, `${least} to ${most}`, given);
  }
  const rule = rules.get("topics_rule");
  need(rule === "shared" || rule === "order", file, "rules.topics_rule", "shared or order", rule);
  checkWords(at(bundle, "round", "title"), file, "round.title");
  at(bundle, "themes").forEach((theme, place) => checkWords(at(theme, "title"), file, `themes[${place}].title`));
  listOf(at(bundle, "ballots")).forEach((ballot, place) => {
    listOf(at(ballot, "ranking")).forEach((tier, number) => {
      need(truthy(tier), file, `ballots[${place}].ranking[${number}]`, "a theme", "none");
    });
  });
}

function readRoll(bundle, file) {
  const seats = new Map();
  listOf(at(bundle, "seats")).forEach((seat, place) => {
    const name = at(seat, "seat");
    need(!seats.has(name), file, `seats[${place}].seat`, "once", name);
    const base = maybe(seat, "base", 1n);
    need(typeof base === "bigint" && base >= 1n && base <= MILLION, file, `seats[${place}].base`, "1 to 1000000", base);
    const held = new Map([...mapOf(at(seat, "categories")), ["country", at(seat, "country")]]);
    held.forEach(string);
    seats.set(name, { held, base });
  });
  return seats;
}

function readBallots(a, file) {
  const voted = new Set();
  const known = new Set(a.keys);
  const ballots = listOf(at(a.raw, "ballots")).map((ballot, place) => {
    const where = `ballots[${place}]`;
    const seat = at(ballot, "seat");
    need(a.seats.has(seat), file, `${where}.seat`, "a seat of the roll", seat);
    need(!voted.has(seat), file, `${where}.seat`, "one ballot a seat", seat);
    voted.add(seat);
    const { held, base } = a.seats.get(seat);
    const tiers = listOf(at(ballot, "ranking")).filter(truthy).map(listOf);
    const named = tiers.flat();
    need(named.length > 0, file, `${where}.ranking`, "a theme", "none");
    const fine = new Set(named).size === named.length && named.every((key) => known.has(key));
    need(fine, file, `${where}.ranking`, "themes of the round, each once", named);
    const marks = maybe(ballot, "objectives", []);
    need(areObjectives(marks), file, `${where}.objectives`, "numbers from 1 to 23, each once", marks);
    const endorsed = listOf(maybe(ballot, "endorsements", []));
    const known_ = endorsed.every((key) => a.nominees.has(key)) && new Set(endorsed).size === endorsed.length;
    need(known_, file, `${where}.endorsements`, "nominees", endorsed);
    const tierOf = new Map(tiers.flatMap((tier, number) => tier.map((key) => [key, number + 1])));
    const row = a.keys.map((key) => tierOf.get(key) ?? UNRANKED);
    const mask = marks.reduce((sum, number) => sum | (1 << Number(number - 1n)), 0);
    return newBallot(seat, held, base, row, mask, endorsed);
  });
  need(ballots.length > 0, file, "ballots", "at least one", "none");
  return ballots;
}

/** A ballot with its four fields. */
function fourFields(ballot) {
  return new Map([
    ["seat", at(ballot, "seat")],
    ["ranking", at(ballot, "ranking")],
    ["objectives", maybe(ballot, "objectives", [])],
    ["endorsements", maybe(ballot, "endorsements", [])],
  ]);
}

/** All ballots by seat as canonical JSON, as the closing bound them. */
function canonicalBallots(bundle) {
  return canonical(bySeat(at(bundle, "ballots")).map(fourFields));
}

/** 1.2: the Merkle tree hash of RFC 6962 over the lines of the ballots, by seat. */
function ballotsRoot(bundle) {
  const tree = new Tree();
  for (const ballot of bySeat(at(bundle, "ballots"))) tree.add(canonical(fourFields(ballot)));
  return tree.root();
}

/** The dimensions of spread by name: of each its categories with ballots; each ballot gets its places among these. */
function kindsOf(a) {
  const dimensions = sorted(mapOf(at(a.rules, "spread")).keys());
  const kinds = dimensions.map((dimension) => [dimension, sorted(new Set(a.ballots.map(({ held }) => at(held, dimension))))]);
  const places = kinds.map(([, names]) => new Map(names.map((name, place) => [name, place])));
  for (const ballot of a.ballots) ballot.spots = dimensions.map((dimension, d) => places[d].get(ballot.held.get(dimension)));
  return kinds;
}

/** The whole roll with every country under the code of its subregion, as the log fixed it at opening. */
function whollyJoined(seats) {
  return seats.map((seat) => new Map([...seat, ["country", joinedCode(maybe(at(seat, "categories"), "subregion"))]]));
}

/** The seats of after the opening, where the archive has names: as the file about them has them. */
function lateSeats(box) {
  if (!registrations(box).length || !box.files.has("package.json")) return [];
  return listOf(at(box.json("registered.json"), "registered")).map((each) => at(each, "seat"));
}

/**
 * Where ballots have names: the bundle has the late seats as registered, and else the roll of the opening.
 *
 * In every bundle, seats of withdrawn registrations are on the roll and have no ballot.
 */
function checkLateSeats(box) {
  for (const row of withdrawals(box)) {
    const seat = at(row.get("details"), "seat");
    const has = (name) => listOf(at(box.round.raw, name)).some((each) => equal(at(each, "seat"), seat));
    need(has("seats"), LOG, `row ${row.get("seq")} seat`, "a seat of the roll", seat);
    need(!has("ballots"), "bundle.json", `ballot of ${seat}`, "no vote of this seat", "one");
  }
  const late = at(box.acts.get("rounds.opened"), "secrecy") === "open" ? lateSeats(box) : [];
  if (!late.length) return;
  const seats = bySeat(at(box.round.raw, "seats"));
  const ofKey = new Map(seats.map((seat) => [at(seat, "seat"), seat]));
  for (const each of late) {
    const said = new Map(["seat", "country", "categories", "base"].map((name) => [name, at(each, name)]));
    same(said, ofKey.get(at(each, "seat")) ?? null, "bundle.json", `seat ${at(each, "seat")}`);
  }
  const told = [box.acts.get("rounds.opened"), ...registrations(box).map((row) => row.get("details"))];
  told.forEach((row, number) => {
    const without = new Set(late.slice(number).map((each) => at(each, "seat")));
    const found = digestOf(canonical(seats.filter((seat) => !without.has(at(seat, "seat")))));
    const digest = at(row, "roll_sha256");
    need(equal(found, digest), "bundle.json", `seats with ${number} late ones`, digest, found);
  });
}

function checkBundle(box) {
  const a = readRound(box.json("bundle.json"));
  box.round = a;
  const opened = rollTold(box);
  const about = box.json("archive.json");
  const key = at(a.raw, "round", "key");
  need(equal(key, at(about, "round")), "bundle.json", "round.key", at(about, "round"), key);
  const closed = upTo(box.moments.get("rounds.closed"), 19);
  const counted = upTo(box.moments.get("rounds.counted"), 19);
  const ended = at(a.raw, "round", "closed_at");
  const moment = upTo(ended, 19);
  const fine = byCodePoint(closed, moment) <= 0 && byCodePoint(moment, counted) <= 0;
  need(fine, "bundle.json", "round.closed_at", `${closed} or later`, ended);
  let roll = bySeat(at(a.raw, "seats"));
  if (joinedBelow(box) !== null) roll = whollyJoined(roll);
  const parts = [
    ["rules_sha256", at(a.raw, "rules")],
    ["themes_sha256", at(a.raw, "themes")],
    ["roll_sha256", roll],
  ];
  for (const [name, part] of parts) {
    const found = digestOf(canonical(part));
    need(equal(found, at(opened, name)), "bundle.json", `${name} at opening`, at(opened, name), found);
  }
  checkLateSeats(box);
  const numbers = [
    ["seats", at(opened, "seats"), a.seats.size],
    ["themes", at(opened, "themes"), a.keys.length],
    ["ballots", at(box.acts.get("rounds.published"), "ballots"), a.ballots.length],
  ];
  for (const [name, told, there] of numbers) need(equal(told, int(there)), "bundle.json", name, told, int(there));
  const told = at(box.acts.get("rounds.counted"), "ballots_root");
  need(equal(a.root, told), "bundle.json", "root of the ballots in the log", told, a.root);
  return ["n_seats", { seats: a.seats.size, ballots: a.ballots.length }];
}

function checkSeed(box) {
  const a = box.round;
  const committed = at(box.acts.get("rounds.committed"), "commitment");
  need(equal(a.commitment, committed), "bundle.json", "seed.commitment", committed, a.commitment);
  need(equal(digestOf(a.secret), committed), "bundle.json", "seed.secret", committed, digestOf(a.secret));
  need(equal(a.public, box.public), "bundle.json", "seed.public", box.public, a.public);
  const given = maybe(box.json("result.json"), "seed");
  need(equal(given, a.seed), "result.json", "seed", a.seed, given);
  return [null, {}];
}

// ---- receipts

/** What a code covers, and what the log's row of the vote has the digest of. */
function receiptRecord(box, ballot, seal, fields) {
  return new Map([
    ["round", at(box.round.raw, "round", "key")],
    ["seat", at(ballot, "seat")],
    ["ranking", at(ballot, "ranking")],
    ["objectives", maybe(ballot, "objectives", [])],
    ["endorsements", maybe(ballot, "endorsements", [])],
    ...(fields.size ? [["fields", fields]] : []),
    ["seal", seal],
  ]);
}

function receiptCode(record) {
  let number = BigInt(`0x${digestOf(canonical(record))}`);
  const base = BigInt(ALPHABET.length);
  let signs = "";
  for (let count = 0; count < 12; count += 1) {
    signs += ALPHABET[Number(number % base)];
    number /= base;
  }
  return `${signs.slice(0, 4)}-${signs.slice(4, 8)}-${signs.slice(8)}`;
}

function receiptLine(record, headings) {
  const said = listOf(at(record, "ranking")).map((tier) => listOf(tier).map(string).join(" = ")).join(" > ");
  const fields = headings.includes("fields") ? [textOf(canonical(maybe(record, "fields", new Map())))] : [];
  return [receiptCode(record), at(record, "seat"), at(record, "seal"), said, ...fields];
}

function ballotsBySeat(bundle) {
  return new Map(listOf(at(bundle, "ballots")).map((ballot) => [at(ballot, "seat"), ballot]));
}

function receiptHeadings(box) {
  const fields = fieldsTold(box).size ? ["fields"] : [];
  return ["code", "seat", "seal", "ranking", ...fields, ...(box.files.has("package.json") ? ["organisation"] : [])];
}

/** The further fields of ballots that are published, as the opening froze them, each with its options. */
function fieldsTold(box) {
  const listed = listOf(maybe(box.json("opening.json"), "fields", [])).filter((each) => at(each, "sealed") === false);
  return new Map(listed.map((each) => [at(each, "key"), listOf(at(each, "options")).map((one) => at(one, "key"))]));
}

/** What a line says in the `known` fields: canonical JSON, with options that the ballot had. */
function fieldsOf(known, file, place, row) {
  if (!known.size) return new Map();
  let said = null;
  try {
    said = parseJson(bytesOf(row[4] ?? ""), file);
  } catch (error) {
    if (!(error instanceof Differs)) throw error;
  }
  const fine = said instanceof Map && [...said].every(([key, option]) => (known.get(key) ?? []).includes(option))
    && textOf(canonical(said)) === row[4];
  need(fine, file, `${place} fields`, "options of the fields of this ballot", row[4]);
  return said;
}

function rowsOfList(box, file, headings) {
  const [first, ...rows] = listRows(sheetText(box.bytes(file)));
  if (first === undefined) throw new Unreadable();
  need(equal(first, headings), file, "line 1", headings.join(", "), first.join(", "));
  return rows;
}

/** The list has each code once, in order; so many, and with the seals, as the log says. */
function checkCodes(box, rows) {
  const codes = rows.map((row) => at(row, 0));
  need(equal(codes, sorted(new Set(codes))), "receipts.csv", "code", "each once, in order", "not so");
  const published = box.acts.get("rounds.published");
  const told = at(published, "ballots");
  need(equal(int(codes.length), told), "receipts.csv", "(file)", `${told} codes`, String(codes.length));
  // The seals belong to it: they cannot be guessed, so that a missing code cannot be found by trying.
  const digest = digestOf(bytesOf(rows.map((row) => `${row[0]} ${at(row, 2)}\n`).join("")));
  const wanted = at(published, "receipts_sha256");
  need(equal(digest, wanted), "receipts.csv", "codes and seals sha256 in the log", wanted, digest);
}

/** A line says of a ballot what the bundle says; it may stand as spreadsheets may safely open it. */
function checkCells(file, place, headings, expected, row, asFixed = false) {
  for (let cell = 0; cell < Math.min(headings.length, expected.length, row.length); cell += 1) {
    const mine = expected[cell];
    const fine = row[cell] === mine || row[cell] === safeCell(mine);
    need(fine, file, `${place} ${headings[cell]}`, mine, row[cell], [cell || asFixed ? "receipt" : "ballot", { code: row[0] }]);
  }
}

async function checkReceipts(box, pause) {
  const ballots = ballotsBySeat(box.round.raw);
  const named = box.files.has("package.json");
  const headings = receiptHeadings(box);
  const lines = [headings];
  const thirds = [0n, 0n, 0n];
  const ordered = orderOfThemes(box);
  box.records = new Map();
  box.names = new Map();
  const fields = fieldsTold(box);
  const rows = rowsOfList(box, "receipts.csv", headings);
  // Where the ballots are those that the log fixed, it is the line that was changed, and not the ballot.
  const asFixed = equal(box.round.root, at(box.acts.get("rounds.counted"), "ballots_root"));
  for (const [number, row] of rows.entries()) {
    const place = `line ${number + 2}`;
    const [seat, seal] = [at(row, 1), at(row, 2)];
    const ballot = ballots.get(seat);
    const known = ballot && !box.records.has(seat);
    need(known, "receipts.csv", place, "the seat of a ballot, once", seat, ["receipt_alone", { code: at(row, 0) }]);
    const record = receiptRecord(box, ballot, seal, fieldsOf(fields, "receipts.csv", place, row));
    const expected = receiptLine(record, headings);
    box.records.set(seat, digestOf(canonical(record)));
    checkCells("receipts.csv", place, headings, expected, row, asFixed);
    if (named) {
      const [position, name] = organisationOf(box, seat, row[row.length - 1], place);
      expected.push(name);
      box.names.set(seat, name);
      thirds[thirdOfFirst(box, ordered, position, ballot)] += 1n;
    }
    checkCells("receipts.csv", place, headings, expected, row, asFixed);
    lines.push(expected);
    if (number % 100 === 99) await pause(number / rows.length);
  }
  const missing = sorted([...ballots.keys()].filter((seat) => !box.records.has(seat)));
  need(!missing.length, "receipts.csv", "seat", missing[0] ?? "", "no receipt", ["ballot_alone", { seat: missing[0] }]);
  need(sameBytes(box.bytes("receipts.csv"), writtenList(lines)), "receipts.csv", "(file)", "these lines alone", "something else");
  checkCodes(box, rows);
  const told = maybe(box.acts.get("rounds.published"), "first_stood", thirds);
  const fine = Array.isArray(told) && told.every(isCountingNumber) && equal(told, thirds);
  need(!named || fine, LOG, "rounds.published first_stood", thirds, told);
  return ["n_codes", { n: box.records.size }];
}

/** What gives the themes in an order that the commitment draws under a label; each order is worked out once. */
function orderOfThemes(box) {
  const known = new Map();
  return (label) => {
    if (!known.has(label)) {
      const secret = string(at(box.acts.get("rounds.committed"), "commitment"));
      known.set(label, sorted(box.round.keys, (key) => digestOf(bytesOf(`${secret}|${label}|${key}`))));
    }
    return known.get(label);
  };
}

/** The third of its page on which the first theme of a ballot stood: the order follows from the roll. */
function thirdOfFirst(box, ordered, position, ballot) {
  const size = box.round.keys.length;
  const first = ordered("ballot begins with");
  const cycle = ordered(`ballot order ${Math.floor(position / size)}`);
  const start = cycle.indexOf(first[position % size]);
  const places = listOf(at(ballot, "ranking", 0)).map((key) => (((cycle.indexOf(key) - start) % size) + size) % size);
  return Math.floor((Math.min(...places) * 3) / size);
}

/** Organisations of the opening and those registered later, by how their name may be written; in the order of the roll. */
function organisationsByName(box) {
  const found = new Map();
  [...listOf(at(box.json("package.json"), "seats")), ...lateSeats(box)].forEach((one, position) => {
    const name = string(at(one, "organisation"));
    const held = new Map([...mapOf(at(one, "categories")), ["country", at(one, "country")]]);
    const organisation = { seat: at(one, "seat"), name, held, base: at(one, "base"), position, named: false };
    for (const written of new Set([name, safeCell(name)])) {
      if (!found.has(written)) found.set(written, []);
      found.get(written).push(organisation);
    }
  });
  return found;
}

/** The place on the roll and the name of the organisation beside a seat: one frozen with the same categories. */
function organisationOf(box, seat, written, place) {
  box.organisations ??= organisationsByName(box);
  const open = at(box.json("archive.json"), "secrecy") === "open";
  const { held, base } = box.round.seats.get(seat);
  const joinedHere = joinedBelow(box) !== null && JOINED_CODES.has(held.get("country"));
  const fits = (one) =>
    !one.named &&
    equal(one.held, joinedHere ? new Map([...held, ["country", one.held.get("country")]]) : held) &&
    equal(one.base, base) &&
    (one.seat === seat || !open);
  const found = (box.organisations.get(written) ?? []).find(fits);
  need(found, "receipts.csv", `${place} organisation`, "one that was frozen with this seat", written, ["receipt_name", { name: written }]);
  found.named = true;
  return [found.position, found.name];
}

/** The published count is the first one less the ballots taken out, with the votes that they replaced. */
async function checkExcluded(box, pause) {
  const first = box.json("first-bundle.json");
  const ballots = ballotsBySeat(first);
  const headings = receiptHeadings(box);
  const gone = new Map();
  const seats = new Set();
  const lines = [headings];
  const fields = fieldsTold(box);
  rowsOfList(box, "excluded.csv", headings).forEach((row, number) => {
    const place = `line ${number + 2}`;
    const [seat, seal] = [at(row, 1), at(row, 2)];
    const known = ballots.has(seat) && !seats.has(seat);
    need(known, "excluded.csv", place, "the seat of a ballot of the first count, once", seat);
    const ballot = ballots.get(seat);
    const record = receiptRecord(box, ballot, seal, fieldsOf(fields, "excluded.csv", place, row));
    const expected = receiptLine(record, headings);
    if (headings.length > expected.length) expected.push(box.names.get(seat) ?? organisationOf(box, seat, row[row.length - 1], place)[1]);
    checkCells("excluded.csv", place, headings, expected, row);
    const digest = digestOf(canonical(record));
    need(box.excluded.has(digest), "excluded.csv", place, "a ballot that the log says was taken out", digest);
    gone.set(digest, seat);
    seats.add(seat);
    lines.push(expected);
  });
  const missing = sorted([...box.excluded.keys()].filter((digest) => !gone.has(digest)));
  need(!missing.length, "excluded.csv", "(file)", missing[0] ?? "", "not there");
  need(sameBytes(box.bytes("excluded.csv"), writtenList(lines)), "excluded.csv", "(file)", "these lines alone", "more");
  checkRestored(box, first, gone);
  const left = (bundle) => new Map([...bundle, ["ballots", at(bundle, "ballots").filter((ballot) => !seats.has(ballot.get("seat")))]]);
  same(left(first), left(box.json("bundle.json")), "bundle.json");
  const digest = digestOf(box.bytes("first-bundle.json"));
  const told = maybe(box.json("first-result.json"), "bundle_sha256");
  need(equal(told, digest), "first-result.json", "bundle_sha256", digest, told);
  await countFirst(box, pause);
  return ["n_excluded", { n: gone.size, back: box.restored.size }];
}

/** In place of a ballot taken out counts the earlier vote that the closing bound with it, or none. */
function checkRestored(box, first, gone) {
  const secret = unhex(at(first, "seed", "secret"));
  const bound = listOf(maybe(at(box.acts.get("rounds.closed"), "bound"), "earlier", []));
  for (const [digest, seat] of gone) {
    const told = box.excluded.get(digest).get("details");
    const counts = box.records.get(seat) ?? null;
    const restored = at(told, "restored");
    const place = `ballot of ${seat}`;
    need((counts !== null) === restored, "bundle.json", place, restored ? "a ballot" : "no ballot", counts ?? "no ballot");
    if (at(told, "assisted") || at(told, "young")) {
      const fine = bound.includes(sealed(secret, "earlier", [digest, counts]));
      need(fine, "bundle.json", place, "the earlier vote that the closing bound", counts ?? "no ballot");
    }
    if (counts !== null) box.restored.set(seat, digest);
  }
}

/** The first result follows from the first bundle, as the published one does from its own. */
async function countFirst(box, pause) {
  const then = newBox(
    new Map([
      ["bundle.json", box.bytes("first-bundle.json")],
      ["result.json", box.bytes("first-result.json")],
    ]),
  );
  then.round = readRound(then.json("bundle.json"));
  try {
    for (const check of [checkWeights, checkCount, checkFirmness]) await check(then, pause);
  } catch (error) {
    if (!(error instanceof Differs)) throw error;
    throw new Differs(`first-${error.file}`, error.place, error.expected, error.found, error.first);
  }
}
