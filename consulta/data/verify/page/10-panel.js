// The panel (section 5): what its members meet of the rules, its sums and substitutes, and the stated bounds.
// That no other panel is better is not shown here.

const NOT_KNOWN = "no_answer";

class Panel {
  constructor(rules, pool) {
    this.rules = rules;
    this.pool = pool;
    this.keys = pool.map((nominee) => nominee.get("key"));
    this.known = new Map();
  }

  static value(nominee, attribute) {
    const own = ["role", "organisation", "country"].includes(attribute);
    return own ? maybe(nominee, attribute) : maybe(maybe(nominee, "categories", new Map()), attribute);
  }

  who(attribute, values) {
    const wanted = jsonText([attribute, [...values]]);
    if (!this.known.has(wanted)) {
      const holders = this.pool.filter((nominee) => values.includes(Panel.value(nominee, attribute)));
      this.known.set(wanted, new Set(holders.map((nominee) => nominee.get("key"))));
    }
    return this.known.get(wanted);
  }

  values(attribute) {
    return sorted(new Set(this.pool.map((nominee) => Panel.value(nominee, attribute)).filter((value) => value !== null)));
  }

  /** Every row of the rules: what was asked, what these members meet of it, and whom it needs. */
  rows(members) {
    const found = [];
    const add = (row, kind, attribute, value, asked, pool, met, missing, hard, needs) =>
      found.push({
        needs,
        line: obj({
          row,
          kind,
          attribute,
          value,
          asked,
          pool: BigInt(pool),
          met: BigInt(met),
          missing: BigInt(missing),
          hard,
          ok: BigInt(missing) === 0n,
        }),
      });
    const overlap = (who) => [...who].filter((key) => members.has(key)).length;
    const none = new Set();
    const { rules } = this;
    const size = whole(at(rules, "size"));
    const away = int(members.size) - size;
    add("size", "size", null, null, String(size), this.pool.length, members.size, away < 0n ? -away : away, true, none);
    const locked = new Set(listOf(maybe(rules, "locked", [])));
    if (locked.size) {
      const there = new Set(this.keys.filter((key) => locked.has(key)));
      const met = overlap(there);
      add("locked", "locked", null, null, String(locked.size), there.size, met, locked.size - met, true, there);
    }
    const quota = (row, kind, attribute, value, least, most, hard) => {
      const who = this.who(attribute, [value]);
      const met = int(overlap(who));
      let missing = least > met ? least - met : 0n;
      if (most !== null && met - most > missing) missing = met - most;
      const asked = most === null ? `${least}+` : `${least}-${most}`;
      add(row, kind, attribute, value, asked, who.size, met, missing, hard, truthy(least) ? who : none);
    };
    for (const [role, bounds] of mapOf(maybe(rules, "roles", new Map()))) {
      quota(`roles.${role}`, "role", "role", role, whole(at(bounds, 0)), at(bounds, 1), true);
    }
    listOf(maybe(rules, "quotas", [])).forEach((rule, number) => {
      const hard = maybe(rule, "hard", true);
      quota(`quotas[${number}]`, "quota", at(rule, "attribute"), at(rule, "value"), maybe(rule, "min", 0n), maybe(rule, "max"), hard);
    });
    listOf(maybe(rules, "shares", [])).forEach((rule, number) => {
      const inside = this.who(at(rule, "attribute"), [at(rule, "value")]);
      const base = this.who(at(rule, "attribute"), listOf(at(rule, "of")));
      const least = whole(at(rule, "min"));
      const short_ = least * int(overlap(base)) - 1000n * int(overlap(inside));
      const missing = short_ > 0n ? leastWhole(short_, 1000n) : 0n;
      const needs = least ? inside : none;
      const hard = maybe(rule, "hard", true);
      add(`shares[${number}]`, "share", rule.get("attribute"), rule.get("value"), `${least}/1000`, inside.size, overlap(inside), missing, hard, needs);
    });
    for (const [attribute, most] of mapOf(maybe(rules, "at_most", new Map()))) {
      const holders = this.values(attribute).map((value) => this.who(attribute, [value]));
      const over = (number) => (int(number) > most ? int(number) - most : 0n);
      const met = Math.max(0, ...holders.map(overlap));
      const excess = sum(holders.map((who) => over(overlap(who))));
      const places = int(this.pool.length) - sum(holders.map((who) => over(who.size)));
      add(`at_most.${attribute}`, "at_most", attribute, null, `0-${most}`, places, met, excess, true, none);
    }
    listOf(maybe(rules, "mixed", [])).forEach((attribute, number) => {
      const holders = this.values(attribute).filter((value) => value !== NOT_KNOWN).map((value) => this.who(attribute, [value]));
      const known = new Set(holders.flatMap((who) => [...who]));
      const inside = overlap(known);
      const alike = holders.some((who) => inside === overlap(who));
      const met = holders.filter((who) => overlap(who) > 0).length;
      add(`mixed[${number}]`, "mixed", attribute, null, "2+", holders.length, met, inside < 2 || alike ? 1 : 0, true, known);
    });
    return found;
  }
}

/** 5.2: how much of the vote endorses each nominee, of 10,000. */
function supportOf(box) {
  const total = box.count.value;
  const sums = new Map();
  for (const [ballot, value] of box.worth) {
    for (const key of ballot.endorsed) sums.set(key, (sums.get(key) ?? 0n) + value);
  }
  return new Map(
    [...box.round.nominees].map(([key, nominee]) => {
      const given = maybe(nominee, "support");
      return [key, given === null ? rounded(new Q(10000n * (sums.get(key) ?? 0n), total)) : given];
    }),
  );
}

function luckOf(box, key) {
  return BigInt(`0x${digestOf(bytesOf(`${box.round.seed}|panel|${key}`)).slice(0, 5)}`);
}

function membersOf(panel, given, name) {
  const list = listOf(at(given, name));
  const members = new Set(list);
  const inside = equal(list, sorted(members)) && list.every((key) => panel.keys.includes(key));
  need(inside, "result.json", `panel.${name}`, "nominees of the pool, by key", list);
  return members;
}

function checkPanel(box) {
  const given = maybe(box.json("result.json"), "panel");
  const rules = mapOf(at(box.round.rules, "panel"));
  const locked = listOf(maybe(rules, "locked", []));
  const barred = listOf(maybe(rules, "barred", []));
  const topics = box.topics.map((x) => box.round.keys[x]);
  const pool = sorted(box.round.nominees.keys())
    .filter((key) => !barred.includes(key))
    .map((key) => box.round.nominees.get(key))
    .filter((nominee) => {
      const about = maybe(nominee, "topics", []);
      return locked.includes(nominee.get("key")) || !truthy(about) || listOf(about).some((topic) => topics.includes(topic));
    });
  need(isMap(given), "result.json", "panel", "a panel", given);
  const panel = new Panel(rules, pool);
  const members = membersOf(panel, given, "members");
  const unproven = maybe(given, "proven") === false;
  if (!truthy(at(given, "feasible"))) {
    if (unproven) checkBounds(box, given);
    same(impossiblePanel(panel, given), withoutBounds(given), "result.json", "panel");
    return ["panel_none", {}];
  }
  panel.rows(members).forEach(({ line }, number) => {
    const holds = line.get("ok") || !truthy(line.get("hard"));
    need(holds, "result.json", `panel.rows[${number}]`, `the hard row ${line.get("row")} met`, "not met");
  });
  if (unproven) checkBounds(box, given);
  same(possiblePanel(box, panel, members), withoutBounds(given), "result.json", "panel");
  return [unproven ? "panel_found" : "panel_ok", {}];
}

/** A panel without the fields that say whether it is proven to be the best. */
function withoutBounds(given) {
  const proven = maybe(given, "proven");
  const bounds = maybe(given, "bounds", "(nothing)");
  need(typeof proven === "boolean", "result.json", "panel.proven", "true or false", proven);
  need(proven ? bounds === null : isMap(bounds), "result.json", "panel.bounds", proven ? "null" : "bounds", bounds);
  return new Map([...given].filter(([name]) => name !== "proven" && name !== "bounds"));
}

/** 9.6: what no panel passes is not passed by this one. */
function checkBounds(box, given) {
  const bounds = maybe(given, "bounds");
  const feasible = truthy(at(given, "feasible"));
  const names = feasible ? ["shortfall", "support", "recent", "lots"] : ["giving_way"];
  const fits = isMap(bounds) && equal(sorted(bounds.keys()), sorted(names)) && [...bounds.values()].every(isCountingNumber);
  need(fits, "result.json", "panel.bounds", names.join(", "), bounds);
  if (!feasible) {
    const by = sum(listOf(at(given, "relaxation")).map((row) => whole(at(row, "by"))));
    const holds = !truthy(at(given, "relaxed_members")) || bounds.get("giving_way") <= by;
    need(holds, "result.json", "panel.bounds.giving_way", `at most ${by}`, bounds.get("giving_way"));
    return;
  }
  const soft = sum(listOf(at(given, "rows")).filter((row) => !truthy(at(row, "hard"))).map((row) => whole(at(row, "missing"))));
  const lots = sum(at(given, "members").map((key) => luckOf(box, key)));
  const reached = { shortfall: -soft, support: whole(at(given, "support")), recent: -whole(at(given, "recent")), lots };
  for (const name of names) {
    const bound = name === "support" || name === "lots" ? bounds.get(name) : -bounds.get(name);
    need(reached[name] <= bound, "result.json", `panel.bounds.${name}`, reached[name], bounds.get(name));
    if (reached[name] < bound) return; // bounds of later stages speak of better panels than this
  }
}

function possiblePanel(box, panel, members) {
  const backing = supportOf(box);
  const rows = panel.rows(members);
  const people = sorted(members);
  const recent = (key) => whole(maybe(box.round.nominees.get(key), "recent", 0n));
  return obj({
    feasible: true,
    obstacle: null,
    pool: int(panel.pool.length),
    members: people,
    support: sum(people.map((key) => whole(backing.get(key)))),
    shortfall: sum(rows.map(({ line }) => line.get("missing"))),
    recent: sum(people.map(recent)),
    rows: rows.map(({ line }) => line),
    helps: new Map(people.map((key) => [key, rows.filter(({ needs }) => needs.has(key)).map(({ line }) => line.get("row"))])),
    alternates: new Map(people.map((key) => [key, substitutesFor(box, panel, members, backing, key)])),
    relaxation: [],
    relaxed_members: [],
  });
}

/** 5.5: who could take a member's place and every hard row still hold, the best three. */
function substitutesFor(box, panel, members, backing, member) {
  const fitting = [];
  for (const nominee of panel.pool) {
    const key = nominee.get("key");
    if (members.has(key)) continue;
    const others_ = new Set(members);
    others_.delete(member);
    others_.add(key);
    const rows = panel.rows(others_).map(({ line }) => line);
    if (rows.some((row) => truthy(row.get("hard")) && !row.get("ok"))) continue;
    const missing = sum(rows.map((row) => row.get("missing")));
    fitting.push([missing, -whole(backing.get(key)), maybe(nominee, "recent", 0n), -luckOf(box, key), key]);
  }
  return sorted(fitting).slice(0, 3).map((merit) => merit[4]);
}

/** What is told of rules that cannot all hold: how rows give way, not that this is the least. */
function impossiblePanel(panel, given) {
  const locked = new Set(listOf(maybe(panel.rules, "locked", [])));
  const size = whole(at(panel.rules, "size"));
  let obstacle = int(locked.size) > size ? "locked" : "rows";
  if (int(panel.pool.length) < size) obstacle = "pool";
  const members = membersOf(panel, given, "relaxed_members");
  const rows = panel.rows(members).map(({ line }) => line).filter((row) => truthy(row.get("hard")));
  const told = listOf(at(given, "rows"));
  need(rows.length === told.length, "result.json", "panel.rows", `${rows.length} rows`, told);
  const giving = rows
    .filter((row) => row.get("missing"))
    .map((row) =>
      new Map([
        ...["row", "kind", "attribute", "value", "asked"].map((name) => [name, row.get(name)]),
        ["possible", row.get("met")],
        ["by", row.get("missing")],
        ["pool", row.get("pool")],
      ]),
    );
  return obj({
    feasible: false,
    obstacle,
    pool: int(panel.pool.length),
    members: [],
    support: 0n,
    shortfall: 0n,
    recent: 0n,
    rows: rows.map((row, place) => new Map([...row, ["met", null], ["missing", null], ["ok", at(told[place], "ok")]])),
    helps: new Map(),
    alternates: new Map(),
    relaxation: obstacle === "rows" ? giving : [],
    relaxed_members: at(given, "relaxed_members"),
  });
}
