// The panel that was published: places without names, and the rows of its rules. Rows about places are counted;
// others, about categories that are not published, are held to what so many places can meet.

const PLACE = ["role", "subregion"];
const JUDGED = ["country", "organisation", "sector"];
const ROW = ["row", "kind", "attribute", "value", "asked", "hard", "met", "missing", "ok"];
const SEATED = ["format", "round", "version", "topics", "size", "places", "decided", "held", "support", "memory", "endorsed_by", "rows", "untold"];

function seated(condition, place, expected, found) {
  need(condition, "panel.json", place, expected, found);
}

function hasFields(value, names) {
  return equal(sorted(mapOf(value).keys()), sorted(names));
}

function checkSeated(box) {
  const told = box.json("panel.json");
  const published = box.rows.filter((row) => row.get("action") === "panel.published");
  if (!published.length) throw new Unreadable();
  const order = [box.places.get("rounds.published"), published[0].get("seq")];
  need(order[0] < order[1], LOG, "acts", "in the order rounds.published,panel.published", order);
  checkReplaced(published.map((row) => row.get("details")));
  const details = published.at(-1).get("details");
  same(at(details, "panel"), told, "panel.json");
  const written = `${jsonText(details.get("panel"), ", ", ": ", " ")}\n`;
  need(box.text("panel.json") === written, "panel.json", "(file)", "as in the log", "written otherwise");
  seated(hasFields(told, SEATED), "(file)", SEATED.join(", "), sorted(told.keys()));
  same("consulta-published-panel/1", told.get("format"), "panel.json", "format");
  seated(equal(told.get("round"), at(box.acts.get("rounds.opened"), "key")), "round", "that of the opening", told.get("round"));
  const version = at(details, "version");
  const fits = isCountingNumber(told.get("version")) && equal(told.get("version"), version);
  seated(fits, "version", version, told.get("version"));
  const complete = truthy(at(box.json("archive.json"), "complete"));
  const result = box.json(complete ? "result.json" : "public.json");
  const topics = listOf(at(result, "topics")).map((topic) => at(topic, "key"));
  seated(equal(told.get("topics"), topics), "topics", topics, told.get("topics"));
  const people = peopleOn(told.get("places"));
  const rows = rowsOfPlaces(told, people);
  checkBacking(told);
  const counted = rows.filter((row) => row.get("met") !== null).length;
  return ["seated_ok", { places: people.length, counted, judged: rows.length - counted, untold: told.get("untold") }];
}

/** A publication that says which version it replaces names the one that was public until then, an earlier one. */
function checkReplaced(published) {
  let former = null;
  for (const details of published) {
    const version = at(details, "version");
    if (details.has("replaces")) {
      const before = details.get("replaces");
      seated(isCountingNumber(before) && equal(before, former), "replaces", former, before);
      seated(isCountingNumber(version) && version > before, "version", `later than ${before}`, version);
    }
    former = version;
  }
}

/** The places as people of whom nothing is known but role and subregion. */
function peopleOn(places) {
  seated(Array.isArray(places) && places.length > 0, "places", "a place", places);
  places.forEach((place, number) => {
    const fits = isMap(place) && hasFields(place, PLACE) && [...place.values()].every((value) => typeof value === "string");
    seated(fits, `places[${number}]`, PLACE.join(", "), place);
  });
  const ordered = sorted(places, (place) => PLACE.map((name) => place.get(name)));
  seated(equal(places, ordered), "places", "by role and subregion", "another order");
  return places.map((place, number) =>
    obj({ key: String(number), role: place.get("role"), categories: obj({ subregion: place.get("subregion") }) }),
  );
}

function rowsOfPlaces(told, people) {
  const rows = told.get("rows");
  seated(isCountingNumber(told.get("untold")), "untold", "a whole number", told.get("untold"));
  seated(Array.isArray(rows) && rows.every(isMap), "rows", "rows", rows);
  const names = rows.map((row) => maybe(row, "row"));
  names.forEach((name, number) => {
    const before = names.slice(0, number).some((each) => equal(each, name));
    seated(!before, `rows[${number}].row`, "once", name);
  });
  seated(names.includes("size"), "rows", "the row size", "none");
  rows.forEach((row, number) => {
    const place = `rows[${number}]`;
    const fields = row.get("kind") === "share" ? [...ROW, "of"] : ROW;
    seated(hasFields(row, fields), place, fields.join(", "), row);
    const about = row.get("attribute");
    const ofPlaces = row.get("kind") === "size" || PLACE.includes(about);
    seated(ofPlaces || JUDGED.includes(about), `${place}.attribute`, [...PLACE, ...JUDGED], about);
    for (const name of ["hard", "ok"]) {
      seated(typeof row.get(name) === "boolean", `${place}.${name}`, "true or false", row.get(name));
    }
    if (ofPlaces) same(countedRow(row, told.get("size"), people, place), row, "panel.json", place);
    else checkWithin(row, int(people.length), place);
    const holds = row.get("ok") || !row.get("hard") || told.get("decided") === true;
    seated(holds, `${place}.ok`, "a hard row met, or people who decided otherwise", "not met");
  });
  return rows;
}

/** The figures of what a row asks: so many people at least, and at most; or a part of a thousand. */
function figuresAsked(asked, place) {
  const text = typeof asked === "string" ? asked : jsonText(asked);
  const found = /^([0-9]{1,9})(?:-([0-9]{1,9})|\+|\/1000)$/.exec(text);
  seated(found, `${place}.asked`, "so many people, or a part", asked);
  return [BigInt(found[1]), found[2] === undefined ? null : BigInt(found[2])];
}

/** What these places meet of a row about them. */
function countedRow(row, size, people, place) {
  const kind = row.get("kind");
  const rules = obj({ size });
  if (kind === "size") {
    seated(row.get("asked") === String(whole(size)), `${place}.asked`, size, row.get("asked"));
  } else {
    const [least, most] = figuresAsked(row.get("asked"), place);
    const [attribute, value] = [row.get("attribute"), row.get("value")];
    const rule = obj({ attribute, value, hard: row.get("hard"), min: least });
    if (kind === "role") rules.set("roles", new Map([[value, [least, most]]]));
    else if (kind === "quota") rules.set("quotas", [rule.set("max", most)]);
    else if (kind === "share") rules.set("shares", [rule.set("of", maybe(row, "of", []))]);
    else if (kind === "at_most") rules.set("at_most", new Map([[attribute, whole(most)]]));
    else if (kind === "mixed") rules.set("mixed", [attribute]);
    else throw new Unreadable();
  }
  const members = new Set(people.map((person) => person.get("key")));
  const { line } = new Panel(rules, people).rows(members).at(-1);
  const found = new Map(ROW.map((name) => [name, line.get(name)]));
  found.set("row", row.get("row"));
  return row.has("of") ? found.set("of", row.get("of")) : found;
}

/** A row about what is not told of each place: it can be as it is said to be with so many places. */
function checkWithin(row, places, place) {
  const [kind, ok] = [row.get("kind"), row.get("ok")];
  for (const name of ["met", "missing"]) seated(row.get(name) === null, `${place}.${name}`, "null", row.get(name));
  const [least, most] = figuresAsked(row.get("asked"), place);
  let always = false;
  if (kind === "role" || kind === "quota") {
    seated(places >= least || !ok, `${place}.ok`, `not met by ${places} places`, "met");
    always = least === 0n && (most === null || most >= places);
  } else if (kind === "share") always = least === 0n;
  else if (kind === "at_most") always = whole(most) >= places;
  else {
    seated(kind === "mixed", `${place}.kind`, "a kind of row", kind);
    seated(places > 1n || !ok, `${place}.ok`, "not met by one place", "met");
  }
  seated(ok || !always, `${place}.ok`, "met by any places", "not met");
}

/** Support is told as a part of that of the best panel, which none passes that keeps the rules. */
function checkBacking(told) {
  const [decided, held] = [told.get("decided"), told.get("held")];
  seated(typeof decided === "boolean", "decided", "true, false or null", decided);
  seated(typeof held === "boolean" || held === null, "held", "true, false or null", held);
  const part = told.get("support");
  const memory = told.get("memory");
  seated(isCountingNumber(memory) && memory <= 1000n, "memory", "0 to 1000", memory);
  checkEndorsed(told.get("endorsed_by"));
  if (part === null) return;
  seated(isMap(part) && hasFields(part, ["more", "percent"]), "support", "percent, more", part);
  const [percent, more] = [part.get("percent"), part.get("more")];
  seated(typeof more === "boolean", "support.more", "true or false", more);
  const whole_ = isCountingNumber(percent) && percent <= 100n;
  seated(percent === null || whole_, "support.percent", "0 to 100", percent);
  seated(!more || percent === 100n, "support.percent", 100n, percent);
  if (!decided && held === false) {
    // It is the best of the rules itself, which gives up no more support than they allow.
    const least = (1000n - memory) / 10n;
    seated((percent === null || percent >= least) && !more, "support.percent", `${least} to 100`, percent);
  }
}

/** Whose voters see somebody they named: groups, each once, in tens from 10 to 90; or not told. */
function checkEndorsed(groups) {
  if (groups === null) return;
  seated(Array.isArray(groups) && groups.every(isMap), "endorsed_by", "groups", groups);
  const seen = new Set();
  groups.forEach((group, number) => {
    const place = `endorsed_by[${number}]`;
    seated(hasFields(group, ["category", "dimension", "percent"]), place, "dimension, category, percent", group);
    const name = JSON.stringify([group.get("dimension"), group.get("category")]);
    seated(!seen.has(name), place, "once", name);
    seen.add(name);
    const percent = group.get("percent");
    const fits = isCountingNumber(percent) && percent % 10n === 0n && percent >= 10n && percent <= 90n;
    seated(fits, `${place}.percent`, "10 to 90, in tens", percent);
  });
}
