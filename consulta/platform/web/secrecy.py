"""The modes of secrecy in words: their names, and who sees what, for the desk, the public and the ballot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.disclosure.countries import country_minimum
from consulta.platform.data import dimensions
from consulta.platform.web import dimension_words, lists
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.request import house

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask


def init_app(app: Flask) -> None:
    """Give templates the filters that say what a mode means."""
    app.jinja_env.filters.update(secrecy_name=name, secrecy_told=told, secrecy_published=published)


def name(mode: str) -> str:
    """Return the name of a mode of secrecy."""
    names: dict[str, str] = {
        "aggregate": _("Only totals are public"),
        "pseudonymous": _("Ballots are public, without names but identifiable in small groups"),
        "open": _("Ballots are public, with names"),
    }
    return names[mode]


def told(mode: str, joined_below: int | None = None, *, opened: bool = True) -> str:
    """Return what all readers can see once the result is published, in a few sentences.

    `joined_below` is the value that the round froze. For a round that is not opened yet (`opened`
    false), the value is used that it would freeze now.
    """
    least = joined_below if opened else country_minimum(mode, house().settings.small_cell)
    marks = _marks(dimensions.others(dimensions.every()), by_country=least is None)
    sentences: dict[str, str] = {
        "aggregate": _(
            "The public sees only totals, rounded and never of just a few organisations; the "
            "secretariat and the consultation's scrutineers can read the ballots themselves."
        ),
        "pseudonymous": _(
            "Once the result is published, everyone can read every ballot without the name of its "
            "organisation, but with %(marks)s: where few organisations share all of these, the "
            "organisation can be identified.",
            marks=marks,
        )
        if least is None
        else _(
            "Once the result is published, everyone can read every ballot without the name of its "
            "organisation, but with %(marks)s. A country is shown separately only if at least "
            "%(least)s ballots from it share all of these; the other countries of the subregion are "
            "grouped together. If even then fewer than %(least)s ballots share all of these, the "
            "organisation can be identified.",
            marks=marks,
            least=least,
        ),
        "open": _(
            "Once the result is published, everyone can read how each organisation voted, with its name."
        ),
    }
    return sentences[mode]


def published(mode: str) -> str:
    """Return what becomes of the ballots at the moment of publishing, as a sentence for who publishes."""
    sentences: dict[str, str] = {
        "aggregate": _("No organisation's ballot becomes public."),
        "pseudonymous": _(
            "It makes every ballot public, without the name of its organisation, in the archive and "
            "in the open data."
        ),
        "open": _(
            "It makes every ballot public, with the name of its organisation in the archive and "
            "without it in the open data."
        ),
    }
    return sentences[mode]


def promise(mode: str, joined_below: int | None = None, added: Iterable[str] = ()) -> str:
    """Return who will see how the organisation of a ballot voted, in one or two sentences.

    `added` are the dimensions of the roll that the installation added.
    """
    marks = _marks(added, by_country=joined_below is None)
    sentences: dict[str, str] = {
        "aggregate": _(
            "Who sees your vote: your organisation's contacts and, after voting closes, the "
            "secretariat and the consultation's scrutineers. The public sees only totals."
        ),
        "pseudonymous": _(
            "Who sees your vote: your organisation's contacts; after voting closes, the secretariat "
            "and the consultation's scrutineers; and once the result is published, everyone: without "
            "the organisation's name, but with %(marks)s, by which it can be identified in a small "
            "group.",
            marks=marks,
        )
        if joined_below is None
        else _(
            "Who sees your vote: your organisation's contacts; after voting closes, the secretariat "
            "and the consultation's scrutineers; and once the result is published, everyone: without "
            "the organisation's name, but with %(marks)s, by which it can be identified in a small "
            "group. Its country is given only if at least %(least)s ballots from it share all of "
            "these.",
            marks=marks,
            least=joined_below,
        ),
        "open": _(
            "Who sees your vote: your organisation's contacts; after voting closes, the secretariat "
            "and the consultation's scrutineers; and once the result is published, everyone, with the "
            "organisation's name."
        ),
    }
    return sentences[mode]


def _marks(added: Iterable[str], *, by_country: bool) -> str:
    """Return all that is public with a ballot without a name, as a sentence lists it."""
    return lists.together(
        [
            _("its country") if by_country else _("its subregion"),
            _("its sector"),
            *(
                _("its category of “%(name)s”", name=dimension_words.own(each))
                for each in dimensions.in_order(added)
            ),
            _("its weight"),
        ]
    )


def recognised(alike: int | None, joined_below: int | None = None) -> str:
    """Tell an organisation whether its ballot, public without its name, can be recognised; else nothing.

    `alike` is how many organisations of the roll have its sector and base in its subregion, and its category
    in every dimension that the installation adds; in its country,
    where `joined_below` is None, that is, where countries are not joined. Small is then what the setting of
    the installation calls small.
    """
    if alike is None:
        return ""
    if dimensions.own():
        return _recognised_by_all(alike, joined_below or house().settings.small_cell)
    if joined_below is None:
        return _recognised_by_country(alike, house().settings.small_cell)
    if alike == 1:
        return _(
            "Your organisation is the only one with its sector and base value in its subregion: its "
            "vote can be identified."
        )
    if alike < joined_below:
        return _(
            "Only %(num)s organisations in your subregion, including yours, have your sector and base "
            "value: it will be easy to guess which vote is yours.",
            num=alike,
        )
    return _(
        "%(num)s organisations in your subregion, including yours, have your sector and base value: "
        "if fewer than %(least)s of them vote, it will be easy to guess which vote is yours.",
        num=alike,
        least=joined_below,
    )


def _recognised_by_all(alike: int, least: int) -> str:
    if alike == 1:
        return _(
            "No other organisation's ballot will be published with the same details as yours: its "
            "vote can be identified."
        )
    if alike < least:
        return _(
            "Only %(num)s organisations, including yours, will have the same details published with "
            "their ballots: it will be easy to guess which vote is yours.",
            num=alike,
        )
    return _(
        "%(num)s organisations, including yours, will have the same details published with their "
        "ballots: if fewer than %(least)s of them vote, it will be easy to guess which vote is yours.",
        num=alike,
        least=least,
    )


def _recognised_by_country(alike: int, least: int) -> str:
    if alike == 1:
        return _(
            "Your organisation is the only one with its sector and base value in its country: its "
            "vote can be identified."
        )
    if alike < least:
        return _(
            "Only %(num)s organisations in your country, including yours, have your sector and base "
            "value: it will be easy to guess which vote is yours.",
            num=alike,
        )
    return _(
        "%(num)s organisations in your country, including yours, have your sector and base value: if "
        "few of them vote, it will be easy to guess which vote is yours.",
        num=alike,
    )
