"""The panel (section 5)."""

from __future__ import annotations

from fractions import Fraction

from consulta.data.verify.program.values import need, same, sha256

NOBODY_KNOWS = "no_answer"


class Panel:
    """The rows of the panel's rules, as a set of members meets them."""

    def __init__(self, rules, pool):
        self.rules, self.pool, self.known = rules, pool, {}

    @staticmethod
    def value(nominee, attribute):
        own = attribute in ("role", "organisation", "country")
        return nominee.get(attribute) if own else nominee.get("categories", {}).get(attribute)

    def who(self, attribute, values):
        wanted = (attribute, tuple(sorted(values)))
        if wanted not in self.known:
            self.known[wanted] = {n["key"] for n in self.pool if self.value(n, attribute) in values}
        return self.known[wanted]

    def values(self, attribute):
        return sorted({self.value(n, attribute) for n in self.pool} - {None})

    def rows(self, members):
        """Every row with what the members meet of it, and whom it needs."""
        rules = self.rules
        yield (
            self.row(
                "size",
                "size",
                None,
                None,
                str(rules["size"]),
                len(self.pool),
                len(members),
                abs(len(members) - rules["size"]),
            ),
            set(),
        )
        locked = set(rules.get("locked", []))
        if locked:
            there = {n["key"] for n in self.pool} & locked
            met = len(there & members)
            yield (
                self.row(
                    "locked", "locked", None, None, str(len(locked)), len(there), met, len(locked) - met
                ),
                there,
            )
        for role, (least, most) in rules.get("roles", {}).items():
            yield self.counted("roles." + role, "role", "role", role, least, most, True, members)
        for number, quota in enumerate(rules.get("quotas", [])):
            yield self.counted(
                f"quotas[{number}]",
                "quota",
                quota["attribute"],
                quota["value"],
                quota.get("min", 0),
                quota.get("max"),
                quota.get("hard", True),
                members,
            )
        for number, share in enumerate(rules.get("shares", [])):
            inside = self.who(share["attribute"], {share["value"]})
            base = self.who(share["attribute"], set(share["of"]))
            short_by = share["min"] * len(base & members) - 1000 * len(inside & members)
            yield (
                self.row(
                    f"shares[{number}]",
                    "share",
                    share["attribute"],
                    share["value"],
                    f"{share['min']}/1000",
                    len(inside),
                    len(inside & members),
                    max(0, -(-short_by // 1000)),
                    share.get("hard", True),
                ),
                (inside if share["min"] else set()),
            )
        for attribute, most in rules.get("at_most", {}).items():
            holders = [self.who(attribute, {value}) for value in self.values(attribute)]
            met = max([len(who & members) for who in holders] or [0])
            over = sum(max(0, len(who & members) - most) for who in holders)
            seats = len(self.pool) - sum(max(0, len(who) - most) for who in holders)
            yield (
                self.row("at_most." + attribute, "at_most", attribute, None, f"0-{most}", seats, met, over),
                set(),
            )
        for number, attribute in enumerate(rules.get("mixed", [])):
            holders = [self.who(attribute, {v}) for v in self.values(attribute) if v != NOBODY_KNOWS]
            known = set().union(*holders)
            missing = int(len(known & members) < 2 or any(not (known - who) & members for who in holders))
            met = sum(bool(who & members) for who in holders)
            yield (
                self.row(f"mixed[{number}]", "mixed", attribute, None, "2+", len(holders), met, missing),
                known,
            )

    def counted(self, name, kind, attribute, value, least, most, hard, members):
        who = self.who(attribute, {value})
        met = len(who & members)
        missing = max(0, least - met, met - most if most is not None else 0)
        asked = f"{least}+" if most is None else f"{least}-{most}"
        return self.row(name, kind, attribute, value, asked, len(who), met, missing, hard), (
            who if least else set()
        )

    @staticmethod
    def row(name, kind, attribute, value, asked, pool, met, missing, hard=True):
        return {
            "row": name,
            "kind": kind,
            "attribute": attribute,
            "value": value,
            "asked": asked,
            "pool": pool,
            "met": met,
            "missing": missing,
            "hard": hard,
            "ok": not missing,
        }


def support(box):
    """5.2, of 10,000."""
    total, ballots = box.worth.total(), box.round.ballots
    sums, first = [0 for _ in box.round.nominees], 0
    for kind, end in zip(ballots.kind, ballots.ends):
        for number in ballots.endorsed[first:end]:
            sums[number] += box.worth.values[kind]
        first = end
    return {
        key: round(Fraction(10000 * sums[number], total))
        if nominee.get("support") is None
        else nominee["support"]
        for number, (key, nominee) in enumerate(box.round.nominees.items())
    }


def check_panel(box):
    """Rows, sums, support and substitutes are right; hard rows hold. That it is the best is not proved."""
    given, rules = box.json("result.json").get("panel"), box.round.rules["panel"]
    locked, topics = set(rules.get("locked", [])), {box.round.keys[x] for x in box.topics}
    pool = [
        nominee
        for key, nominee in sorted(box.round.nominees.items())
        if key not in rules.get("barred", [])
        and (key in locked or not nominee.get("topics") or set(nominee["topics"]) & topics)
    ]
    need(isinstance(given, dict), "result.json", "panel", "a panel", given)
    panel = Panel(rules, pool)
    members = members_of(panel, given, "members")
    if not given["feasible"]:
        if given.get("proven") is False:
            check_bounds(box, given)
        same(impossible_panel(panel, given), without_bounds(given), "result.json", "panel")
        return "panel_none", {}
    for number, (row, _) in enumerate(panel.rows(members)):
        place, holds = f"panel.rows[{number}]", "the hard row {} met".format(row["row"])
        need(row["ok"] or not row["hard"], "result.json", place, holds, "not met")
    if given.get("proven") is False:
        check_bounds(box, given)
    same(possible_panel(box, panel, members), without_bounds(given), "result.json", "panel")
    return ("panel_found" if given.get("proven") is False else "panel_ok"), {}


def without_bounds(given):
    """A panel without the two fields that say whether it is proven to be the best."""
    proven, bounds = given.get("proven"), given.get("bounds", "(nothing)")
    need(isinstance(proven, bool), "result.json", "panel.proven", "true or false", proven)
    fits = bounds is None if proven else isinstance(bounds, dict)
    need(fits, "result.json", "panel.bounds", "null" if proven else "bounds", bounds)
    return {name: value for name, value in given.items() if name not in ("proven", "bounds")}


def check_bounds(box, given):
    """9.6: what no panel passes is not passed by this one."""
    bounds, members = given.get("bounds"), given["members"]
    names = ["shortfall", "support", "recent", "lots"] if given["feasible"] else ["giving_way"]
    fits = isinstance(bounds, dict) and sorted(bounds) == sorted(names)
    fits = fits and all(type(bound) is int and bound >= 0 for bound in bounds.values())
    need(fits, "result.json", "panel.bounds", ", ".join(names), bounds)
    if not given["feasible"]:
        by = sum(row["by"] for row in given["relaxation"])
        holds = not given["relaxed_members"] or bounds["giving_way"] <= by
        need(holds, "result.json", "panel.bounds.giving_way", f"at most {by}", bounds["giving_way"])
        return
    soft = sum(row["missing"] for row in given["rows"] if not row["hard"])
    lots = sum(int(sha256(f"{box.round.seed}|panel|{key}".encode())[:5], 16) for key in members)
    reached = {"shortfall": -soft, "support": given["support"], "recent": -given["recent"], "lots": lots}
    for name in names:
        bound = bounds[name] if name in ("support", "lots") else -bounds[name]
        need(reached[name] <= bound, "result.json", f"panel.bounds.{name}", reached[name], bounds[name])
        if reached[name] < bound:  # bounds of later stages speak of better panels than this
            return


def members_of(panel, given, name):
    """The people of a list, which must be of the pool, by key, each once."""
    members = set(given[name])
    inside = given[name] == sorted(members) and members <= {nominee["key"] for nominee in panel.pool}
    need(inside, "result.json", "panel." + name, "nominees of the pool, by key", given[name])
    return members


def possible_panel(box, panel, members):
    """Everything that is told of a panel with these members."""
    backing, found = support(box), list(panel.rows(members))
    return {
        "feasible": True,
        "obstacle": None,
        "pool": len(panel.pool),
        "members": sorted(members),
        "support": sum(backing[key] for key in members),
        "shortfall": sum(row["missing"] for row, _ in found),
        "recent": sum(box.round.nominees[key].get("recent", 0) for key in members),
        "rows": [row for row, _ in found],
        "helps": {key: [row["row"] for row, who in found if key in who] for key in sorted(members)},
        "alternates": {key: substitutes(box, panel, members, backing, key) for key in sorted(members)},
        "relaxation": [],
        "relaxed_members": [],
    }


def substitutes(box, panel, members, backing, member):
    """5.5: who could take a member's place and every hard row still hold, the best three."""
    fitting = []
    for nominee in panel.pool:
        key = nominee["key"]
        if key in members:
            continue
        rows = [row for row, _ in panel.rows(members - {member} | {key})]
        if all(row["ok"] for row in rows if row["hard"]):
            luck = int(sha256(f"{box.round.seed}|panel|{key}".encode())[:5], 16)
            missing = sum(row["missing"] for row in rows)
            fitting.append((missing, -backing[key], nominee.get("recent", 0), -luck, key))
    return [merit[-1] for merit in sorted(fitting)[:3]]


def impossible_panel(panel, given):
    """What is told of rules that cannot all hold: how rows give way, not that this is the least."""
    locked = set(panel.rules.get("locked", []))
    obstacle = "locked" if len(locked) > panel.rules["size"] else "rows"
    if len(panel.pool) < panel.rules["size"]:
        obstacle = "pool"
    members = members_of(panel, given, "relaxed_members")
    rows = [row for row, _ in panel.rows(members) if row["hard"]]
    need(len(rows) == len(given["rows"]), "result.json", "panel.rows", f"{len(rows)} rows", given["rows"])
    relaxation = [
        {
            **{name: row[name] for name in ("row", "kind", "attribute", "value", "asked")},
            "possible": row["met"],
            "by": row["missing"],
            "pool": row["pool"],
        }
        for row in rows
        if row["missing"]
    ]
    return {
        "feasible": False,
        "obstacle": obstacle,
        "pool": len(panel.pool),
        "members": [],
        "support": 0,
        "shortfall": 0,
        "recent": 0,
        "rows": [dict(row, met=None, missing=None, ok=told["ok"]) for row, told in zip(rows, given["rows"])],
        "helps": {},
        "alternates": {},
        "relaxation": relaxation if obstacle == "rows" else [],
        "relaxed_members": given["relaxed_members"],
    }
