"""What the public pages of a panel say first: sentences made from its places and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform.data import catalogue
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext
from consulta.platform.web.language import in_words, local
from consulta.platform.web.lists import together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.core.texts import Text
    from consulta.panel.values import PublicPlace, PublishedPanel

LONGEST = 66
"""Letters in the title of a picture: two lines on a phone."""

MOST_NAMED = 2
"""So many empty seats are told by their groups; of more, how many."""

FEW = 2
"""People of one subregion, of whom it is said how few they are."""

GOVERNMENTS = ("gov_national", "gov_local")
"""The roles of people who speak for a government."""


def persons(count: int) -> str:
    """Return how many people, in words where it is short."""
    return in_words(count, feminine=True)


def begins(sentence: str) -> str:
    """Return a sentence with a capital letter at its beginning."""
    return sentence[:1].upper() + sentence[1:]


def lead(view: PublishedPanel) -> str:
    """Return from where the people of a panel are, for whom they speak, and how many have confirmed."""
    if not view.seats:
        return ""
    where = begins(_from_where(view.seats, whole=view.whole))
    return f"{where}: {_for_whom(view.seats)}. {_confirmed(view)}"


def _from_where(places: Sequence[PublicPlace], *, whole: bool) -> str:
    """Return from how many subregions people are, and where all are named, from how many countries."""
    regions = len({place.codes["subregion"] for place in places})
    if regions == len(catalogue.subregions()):
        here = _("from all %(count)s subregions", count=persons(regions))
    else:
        here = ngettext(
            "from %(count)s subregion", "from %(count)s subregions", regions, count=persons(regions)
        )
    if not whole:
        return here
    countries = len({place.codes["country"] for place in places})
    return ngettext(
        "from %(count)s country, %(subregions)s",
        "from %(count)s countries, %(subregions)s",
        countries,
        count=in_words(countries),
        subregions=here,
    )


def _for_whom(places: Sequence[PublicPlace]) -> str:
    governments = sum(place.role in GOVERNMENTS for place in places)
    organisations = len(places) - governments
    if not organisations:
        return _("%(count)s for governments", count=persons(governments))
    if not governments:
        return _("%(count)s for organisations", count=persons(organisations))
    return _(
        "%(governments)s for governments and %(organisations)s for organisations",
        governments=persons(governments),
        organisations=persons(organisations),
    )


def _confirmed(view: PublishedPanel) -> str:
    if view.confirmed == len(view.seats):
        return _("Everyone on the panel has confirmed.")
    if view.begun:
        return ngettext(
            "%(num)s person had confirmed when the session began.",
            "%(num)s people had confirmed when the session began.",
            view.confirmed,
        )
    if not view.confirmed:
        return _("Nobody on the panel has confirmed yet.")
    return begins(
        ngettext(
            "%(count)s has confirmed.",
            "%(count)s have confirmed.",
            view.confirmed,
            count=persons(view.confirmed),
        )
    )


def rules_title(view: PublishedPanel) -> str:
    """Return how many rules the panel meets, and while it is prepared how many have yet to confirm."""
    rules, waiting = view.rules, len(view.seats) - view.confirmed
    if view.missed and view.begun:
        return _("It met %(met)s of %(all)s rules", met=persons(rules - view.missed), all=persons(rules))
    if view.missed:
        return _("It meets %(met)s of %(all)s rules", met=persons(rules - view.missed), all=persons(rules))
    if view.begun:
        return ngettext(
            "It met the only rule", "It met all %(count)s rules", rules,
            count=persons(rules),
        )  # fmt: skip
    if not waiting or rules == 1:
        return ngettext("It meets the only rule", "It meets all %(count)s rules", rules, count=persons(rules))
    return ngettext(
        "It meets all %(rules)s rules; %(count)s has yet to confirm",
        "It meets all %(rules)s rules; %(count)s have yet to confirm",
        waiting,
        rules=persons(rules),
        count=persons(waiting),
    )


def people_title(view: PublishedPanel) -> str:
    """Return how many people of a panel are named in public, and from how many countries they are."""
    named = [place for place in view.seats if place.name]
    if not named:
        return _("Nobody on the panel has a public name yet") if not view.begun else _("Members of the panel")
    countries = len({place.codes["country"] for place in named})
    return begins(
        ngettext(
            "%(named)s with a public name, from %(count)s country",
            "%(named)s with a public name, from %(count)s countries",
            countries,
            named=persons(len(named)),
            count=in_words(countries),
        )
    )


# -- once it is recorded who took part


def spoke_title(spoke: int, seats: int) -> str:
    """Return how many people of the panel spoke, of how many."""
    if spoke == seats:
        return ngettext(
            "The person on the panel spoke", "All %(count)s people on the panel spoke", seats,
            count=persons(seats),
        )  # fmt: skip
    return begins(
        ngettext(
            "%(count)s person spoke; the panel had %(all)s seats",
            "%(count)s people spoke; the panel had %(all)s seats",
            spoke,
            count=persons(spoke),
            all=persons(seats),
        )
    )


def spoke_lead(view: PublishedPanel) -> str:
    """Return for whom those who spoke did, from where they are, and how many did not."""
    whole = all(place.name for place in view.spoke)
    first = f"{begins(_for_whom(view.spoke))}, {_from_where(view.spoke, whole=whole)}."
    missing = missing_title(view)
    return f"{first} {missing}." if missing else first


def missing_title(view: PublishedPanel) -> str:
    """Return how many of the panel did not take part, and how many seats were empty; "" where all spoke."""
    out, vacant = _count(view, "out"), _count(view, "vacant") + view.free
    said = []
    if out:
        said.append(
            ngettext("%(count)s did not take part", "%(count)s did not take part", out, count=persons(out))
        )
    if vacant and out:
        said.append(ngettext("%(count)s empty seat", "%(count)s empty seats", vacant, count=in_words(vacant)))
    elif vacant:
        said.append(
            ngettext("%(count)s seat was empty", "%(count)s seats were empty", vacant, count=in_words(vacant))
        )
    return begins("; ".join(said))


def _count(view: PublishedPanel, standing: str) -> int:
    return sum(place.standing == standing for place in view.seats)


def seats_title(view: PublishedPanel) -> str:
    """Return which seats were empty, by the group that was heard least; else whether every subregion was."""
    vacant = [place for place in view.seats if place.standing == "vacant"]
    count = len(vacant) + view.free
    if 0 < count <= MOST_NAMED and not view.free:
        names = [local(_least_heard(place, view.seats)) for place in vacant]
        title = ngettext(
            "%(count)s seat was empty: %(names)s",
            "%(count)s seats were empty: %(names)s",
            count,
            count=in_words(count),
            names=together(dict.fromkeys(names)),
        )
        if len(title) <= LONGEST:
            return begins(title)
    if count:
        return begins(
            ngettext("%(count)s seat was empty", "%(count)s seats were empty", count, count=in_words(count))
        )
    if {place.codes["subregion"] for place in view.spoke} == {each.key for each in catalogue.subregions()}:
        return _("Every subregion had a voice")
    return _("Who spoke, by role and by subregion")


def _least_heard(place: PublicPlace, places: Sequence[PublicPlace]) -> Text:
    """Return the role or the subregion of a seat, whichever had the smaller part of its people heard."""
    role = [each.spoke for each in places if each.role == place.role]
    region = [each.spoke for each in places if each.codes["subregion"] == place.codes["subregion"]]
    return place.subregion if sum(region) * len(role) < sum(role) * len(region) else place.role_name


def people_who_spoke(places: Sequence[PublicPlace]) -> str:
    """Return how many people spoke, and how many of them are named in public."""
    spoke, named = len(places), sum(bool(place.name) for place in places)
    if named == spoke:
        words = ngettext("%(count)s person spoke", "%(count)s people spoke", spoke, count=persons(spoke))
    elif not named:
        words = ngettext(
            "%(count)s person spoke, without a public name",
            "%(count)s people spoke, without a public name",
            spoke,
            count=persons(spoke),
        )
    else:
        words = ngettext(
            "%(all)s people spoke; %(count)s is named",
            "%(all)s people spoke; %(count)s are named",
            named,
            all=persons(spoke),
            count=persons(named),
        )
    return begins(words)


def decisions_title(view: PublishedPanel) -> str:
    """Return how many places of a public panel passed to another person since it was published first."""
    moved = sum(len(one.left) for one in view.publications[1:])
    if moved:
        return begins(
            ngettext(
                "%(count)s seat passed to another person",
                "%(count)s seats passed to other people",
                moved,
                count=in_words(moved),
            )
        )
    return _("The secretariat decided part of it") if view.choices else _("No seat has changed hands")


# -- why a person is on it


def because(place: PublicPlace, view: PublishedPanel) -> str:
    """Return in one line why a person is on the panel: the first reason that holds.

    It is made of what is public of everybody, and of the sectors of people who are named.
    """
    by_hand = {*view.by_hand.names, *(name for one in view.choices for name in one.came.names)}
    if place.name and place.name in by_hand:
        return _("Added by a decision of the secretariat; the reason is below.")
    found = _by_role(place, view) or _by_sector(place, view) or _by_subregion(place, view)
    if found:
        return found
    if view.standing == "impossible" or not all(one.told for one in view.choices):
        return _("No rule shown here depends on this person.")
    return _("Chosen by the rules and the support combined.")


def _by_role(place: PublicPlace, view: PublishedPanel) -> str:
    same = sum(each.role == place.role for each in view.seats)
    least = next((row.low for row in view.rows if row.kind == "role" and row.code == place.role), 0)
    if same == least == 1:
        return _("The only person in this role; one is required.")
    if same == 1:
        return _("The only person in this role.")
    if same == least:
        return _("One of the %(count)s people in this role, the minimum required.", count=persons(least))
    return ""


def _by_sector(place: PublicPlace, view: PublishedPanel) -> str:
    sectors = [each.codes.get("sector") for each in view.seats]
    if "sector" not in place.codes or sectors.count(place.codes["sector"]) > 1:
        return ""
    if view.whole:
        return _("The only person from this sector.")
    return _("Among those named, the only one from this sector.")


def _by_subregion(place: PublicPlace, view: PublishedPanel) -> str:
    same = sum(each.codes["subregion"] == place.codes["subregion"] for each in view.seats)
    if same == 1:
        return _("The only person from this subregion.")
    if same <= FEW:
        return _("One of the %(count)s people from this subregion.", count=persons(same))
    return ""
