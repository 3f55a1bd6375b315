// The panel (section 5): what its members meet of the rules, its sums, substitutes and reserves, the stated bounds.
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

  /** In `at_most` and `mixed` an organisation is its name and its country; nobody of whom nothing is known counts. */
  holders(attribute) {
    const found = new Map();
    for (const nominee of this.pool) {
      const value = Panel.value(nominee, attribute);
      if (value === null) continue;
      const name = attribute === "organisation" ? jsonText([value, maybe(nominee, "country")]) : value;
      if (!found.has(name)) found.set(name, new Set());
      found.get(name).add(nominee.get("key"));
    }
    return found;
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
      const holders = [...this.holders(attribute).values()];
      const over = (number) => (int(number) > most ? int(number) - most : 0n);
      const met = Math.max(0, ...holders.map(overlap));
      const excess = sum(holders.map((who) => over(overlap(who))));
      const places = int(this.pool.length) - sum(holders.map((who) => over(who.size)));
      add(`at_most.${attribute}`, "at_most", attribute, null, `0-${most}`, places, met, excess, true, none);
    }
    listOf(maybe(rules, "mixed", [])).forEach((attribute, number) => {
      const holders = [...this.holders(attribute)].filter(([value]) => value !== NOT_KNOWN).map(([, who]) => who);
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
    same(impossiblePanel(box, panel, given), withoutBounds(given), "result.json", "panel");
    return ["panel_none", {}];
  }
  panel.rows(members).forEach(({ line }, number) => {
    const holds = line.get("ok") || !truthy(line.get("hard"));
    need(holds, "result.json", `panel.rows[${number}]`, `the hard row ${line.get("row")} met`, "not met");
  });
  if (unproven) checkBounds(box, given);
  same(possiblePanel(box, panel, members, given), withoutBounds(given), "result.json", "panel");
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

/** 5.3: what no panel passes is not passed by this one. */
function checkBounds(box, given) {
  const bounds = maybe(given, "bounds");
  const feasible = truthy(at(given, "feasible"));
  const names = feasible ? ["shortfall", "most_support", "recent", "support", "lots"] : ["giving_way"];
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
  const [most_support, support] = [whole(at(given, "most_support")), whole(at(given, "support"))];
  const reached = { shortfall: -soft, most_support, recent: -whole(at(given, "recent")), support, lots };
  for (const name of names) {
    const bound = name === "shortfall" || name === "recent" ? -bounds.get(name) : bounds.get(name);
    need(reached[name] <= bound, "result.json", `panel.bounds.${name}`, reached[name], bounds.get(name));
    if (reached[name] < bound) return; // bounds of later stages speak of better panels than this
  }
}

function possiblePanel(box, panel, members, given) {
  const backing = supportOf(box);
  const rows = panel.rows(members);
  const people = sorted(members);
  const recent = (key) => whole(maybe(box.round.nominees.get(key), "recent", 0n));
  const support = sum(people.map((key) => whole(backing.get(key))));
  const memory = whole(maybe(panel.rules, "memory", 50n));
  const most = whole(at(given, "most_support"));
  const kept = most >= support && most * (1000n - memory) <= 1000n * support;
  need(kept, "result.json", "panel.most_support", "not more than the rules give up for", most);
  return obj({
    feasible: true,
    obstacle: null,
    pool: int(panel.pool.length),
    members: people,
    support,
    most_support: most,
    shortfall: sum(rows.map(({ line }) => line.get("missing"))),
    recent: sum(people.map(recent)),
    rows: rows.map(({ line }) => line),
    helps: new Map(people.map((key) => [key, rows.filter(({ needs }) => needs.has(key)).map(({ line }) => line.get("row"))])),
    alternates: new Map(people.map((key) => [key, substitutesFor(box, panel, members, backing, key)])),
    reserves: reservesOf(box, panel, members, backing),
    endorsed_by: endorsedBy(box, members),
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

const SHORTLIST = 30;
const PAIRS_UP_TO = 40; // members

/** The hard rows as sums over people that must stay between two limits, and those that people of two kinds must meet. */
function hardLines(panel) {
  const { rules } = panel;
  const lines = [];
  const marks = (who) => (key) => (who.has(key) ? 1 : 0);
  const between = (of, least, most) => lines.push({ of, least, most: most === null ? Infinity : Number(most) });
  const quota = (attribute, value, least, most) => between(marks(panel.who(attribute, [value])), Number(least), most);
  for (const [role, bounds] of mapOf(maybe(rules, "roles", new Map()))) quota("role", role, at(bounds, 0), at(bounds, 1));
  for (const rule of listOf(maybe(rules, "quotas", []))) {
    if (truthy(maybe(rule, "hard", true))) quota(at(rule, "attribute"), at(rule, "value"), maybe(rule, "min", 0n), maybe(rule, "max"));
  }
  for (const rule of listOf(maybe(rules, "shares", []))) {
    if (!truthy(maybe(rule, "hard", true))) continue;
    const [inside, base] = [[at(rule, "value")], listOf(at(rule, "of"))].map((values) => panel.who(at(rule, "attribute"), values));
    const least = Number(at(rule, "min"));
    between((key) => 1000 * marks(inside)(key) - least * marks(base)(key), 0, null);
  }
  for (const [attribute, most] of mapOf(maybe(rules, "at_most", new Map()))) {
    for (const who of panel.holders(attribute).values()) if (who.size > most) between(marks(who), 0, most);
  }
  for (const attribute of listOf(maybe(rules, "mixed", []))) {
    // Two known at least, and of each value one known who has another.
    const holders = [...panel.holders(attribute)].filter(([value]) => value !== NOT_KNOWN).map(([, who]) => who);
    const known = new Set(holders.flatMap((who) => [...who]));
    between(marks(known), 2, null);
    for (const who of holders) between((key) => (known.has(key) && !who.has(key) ? 1 : 0), 1, null);
  }
  return lines;
}

function pairsOf(list) {
  return list.flatMap((one, place) => list.slice(place + 1).map((other) => [one, other]));
}

/** All sets of so many of the numbers below `from`. */
function setsOf(many, from, first = 0) {
  if (!many) return [[]];
  const found = [];
  for (let one = first; one < from; one += 1) for (const rest of setsOf(many - 1, from, one + 1)) found.push([one, ...rest]);
  return found;
}

/** 5.5: the people who together mend most drop-outs of one or of two members; every set is looked at. */
function reservesOf(box, panel, members, backing) {
  const wanted = Number(maybe(panel.rules, "reserves", 3n));
  if (!wanted || !members.size) return null;
  const merit = (key) => [-whole(backing.get(key)), maybe(box.round.nominees.get(key), "recent", 0n), -luckOf(box, key), key];
  const listed = sorted(sorted(panel.keys.filter((key) => !members.has(key)), merit).slice(0, SHORTLIST));
  const sitting = sorted(members);
  const lines = hardLines(panel).map(({ of, least, most }) => ({
    least,
    most,
    sum: sitting.reduce((all, key) => all + of(key), 0),
    leave: sitting.map(of),
    come: listed.map(of),
  }));
  // Which drop-outs each substitution mends, as places in the list of these.
  const mends = (gone, come) =>
    lines.every(({ least, most, sum: all, leave, come: enter }) => {
      const there = gone.reduce((rest, m) => rest - leave[m], all) + come.reduce((more, r) => more + enter[r], 0);
      return there >= least && there <= most;
    });
  const numbers = sitting.map((_, place) => place);
  const places = listed.map((_, place) => place);
  const dropOuts = [numbers.map((m) => [m]), sitting.length <= PAIRS_UP_TO ? pairsOf(numbers) : []];
  const bits = ([gone, come]) => new Map(come.map((who) => [who.join(), gone.map((each) => mends(each, who))]));
  const ways = [bits([dropOuts[0], places.map((r) => [r])]), bits([dropOuts[1], pairsOf(places)])];
  const mended = (set) => {
    const inside = [set.map((r) => [r]), pairsOf(set)];
    return ways.map((way, kind) => {
      const rows = inside[kind].map((who) => way.get(who.join()));
      return dropOuts[kind].filter((_, place) => rows.some((row) => row[place])).length;
    });
  };
  const value = (set, of) => sum(set.map((r) => of(listed[r])));
  let best = null;
  for (const set of setsOf(Math.min(wanted, listed.length), listed.length)) {
    const [one, two] = mended(set);
    const worth = [one + two, value(set, (key) => whole(backing.get(key))), value(set, (key) => luckOf(box, key))];
    if (best === null || inOrder(worth, best.worth) > 0) best = { set, one, two, worth };
  }
  return obj({
    people: best.set.map((r) => listed[r]),
    one: int(best.one),
    two: sitting.length <= PAIRS_UP_TO ? int(best.two) : null,
    of: int(dropOuts[0].length + dropOuts[1].length),
  });
}

/** 5.6: of the value of each category's ballots, the part that endorses a member. */
function endorsedBy(box, members) {
  return dimensionsOfRules(box.round).flatMap((dimension) => {
    const found = new Map();
    for (const [ballot, value] of box.worth) {
      const name = at(ballot.held, dimension);
      const line = found.get(name) ?? { ballots: 0n, all: 0n, sees: 0n };
      line.ballots += 1n;
      line.all += value;
      if (ballot.endorsed.some((key) => members.has(key))) line.sees += value;
      found.set(name, line);
    }
    return sorted(found.keys()).map((category) => {
      const { ballots, all, sees } = found.get(category);
      return obj({ dimension, category, ballots, ...withPercent("share", new Q(sees, all)) });
    });
  });
}

/** What is told of rules that cannot all hold: how rows give way, not that this is the least. */
function impossiblePanel(box, panel, given) {
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
    most_support: 0n,
    shortfall: 0n,
    recent: 0n,
    rows: rows.map((row, place) => new Map([...row, ["met", null], ["missing", null], ["ok", at(told[place], "ok")]])),
    helps: new Map(),
    alternates: new Map(),
    reserves: null,
    endorsed_by: endorsedBy(box, new Set()),
    relaxation: obstacle === "rows" ? giving : [],
    relaxed_members: at(given, "relaxed_members"),
  });
}
