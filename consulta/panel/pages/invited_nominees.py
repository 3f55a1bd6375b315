"""The nominees of a round: listed, written one by one, or taken from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.core.problems import Problem
from consulta.panel import invitations
from consulta.panel import nominees as nominees_acts
from consulta.panel.nominees import LABELS, attribute_labels, import_fields, twins
from consulta.panel.nominees_import import IMPORTER
from consulta.panel.pages.nominees import filled, reached
from consulta.panel.pages.proposals import ContactForm, NomineeForm, with_attributes
from consulta.panel.proposals import NAME_MAX
from consulta.platform.data import attributes, catalogue
from consulta.platform.formats.workbook import Sheet
from consulta.platform.importing.pages import ConfirmForm, Pages
from consulta.platform.labels import name_of, name_of_dimension
from consulta.platform.texts import address, line
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form
from consulta.platform.web.files import Export, as_file
from consulta.platform.web.language import alphabetical, local, offered
from consulta.platform.web.request import now, read, reading, write
from consulta.platform.web.table import Choice, Column, Listing, Search, Table, acts, choice_among, handed_out
from consulta.rounds.service import subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flask import Response
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.panel.invitations import Colleague
    from consulta.panel.nominees import NomineeRecord, NomineesView
    from consulta.platform.data.catalogue import Country, Entry
    from consulta.platform.work import Work
    from consulta.rounds.values import ThemeLine


@blueprint.get("/rounds/<key>/nominees", may="rounds.read")
def nominees(key: str) -> Page:
    """Show all nominees of a round."""
    view, table = read(_table, key)
    return page(
        "nominees/nominees.html",
        view.round,
        table=table,
        names={nominee.key: _names(nominee, view.themes) for nominee in table.there.rows},
        alike=twins(view.nominees),
    )


@handed_out("nominees")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[NomineesView, Listing]:
    """Return the nominees of a round, and the table of them."""
    view = nominees_acts.list_nominees(work, key)
    governments = dict(_governments(nominees_acts.every(work)))
    names = {
        nominee.key: _names(nominee, view.themes) | {"government": governments.get(nominee.government, "")}
        for nominee in view.nominees
    }

    def named(part: str) -> Callable[[NomineeRecord], str]:
        return lambda nominee: names[nominee.key][part]

    def among(part: str, label: str) -> Choice:
        of = named(part)
        return choice_among(part, label, view.nominees, lambda nominee: (getattr(nominee, part), of(nominee)))

    parts = {"role": _("Role"), "country": _("Country"), "sector": _("Sector")}
    table = Table(
        title=_("Nominees"),
        name="nominees",
        endpoint="secretariat.nominees",
        key=key,
        subject=subject(view.round),
        search=Search(
            _("Name, institution or e-mail"), lambda each: f"{each.name} {each.organisation} {each.email}"
        ),
        choices=[among(part, label) for part, label in parts.items()],
        columns=[
            Column("key", _("Key"), lambda each: each.key, only="file"),
            Column("name", _("Name"), lambda each: each.name),
            Column("institution", _("Institution"), lambda each: each.organisation, only="file"),
            *(
                Column(
                    part,
                    label,
                    named(part),
                    phone={"role": "under", "country": "side"}.get(part, ""),
                    only="file"
                    if part == "sector"
                    else "",  # on a page there is no room for it beside the role
                )
                for part, label in parts.items()
            ),
            Column("email", _("E-mail"), lambda each: each.email),
            Column("language", _("Language"), lambda each: each.language, only="file"),
            Column("government", _("Government it belongs to"), named("government"), only="file"),
            Column("topics", _("Themes"), named("topics"), lambda each: len(each.topics)),
            acts(),
        ],
    )
    return view, table.over(view.nominees, whole=whole)


@blueprint.route("/rounds/<key>/new-nominee", methods=["GET", "POST"], may="nominees.write")
def create_nominee(key: str) -> BaseResponse | tuple[str, int]:
    """Create a nominee, or one whom an invited person proposed in their place.

    Raise Problem `round.frozen` where the round is cancelled.
    """
    view = read(nominees_acts.list_nominees, key)
    if view.round.state == "cancelled":
        raise Problem("round.frozen", key=key)
    invitation = request.args.get("invitation", type=int)
    given = proposed(read(invitations.colleague, key, invitation)) if invitation else government(request.args)
    form = with_attributes(NomineeForm)(proposed=given or None).offer(view.themes)
    suggestion = _offer_governments(form, None)
    if form.validate_on_submit() and form.accepts(lambda: _save(key, form, None)):
        flash(_("%(name)s is added.", name=form.name.data))
        if invitation:
            return redirect(url_for("secretariat.invitation", key=key, number=invitation), 303)
        return redirect(url_for("secretariat.nominees", key=key), 303)
    return page("nominees/form.html", view.round, form, nominee=None, suggestion=suggestion)


@blueprint.route("/rounds/<key>/nominees/<nominee_key>", methods=["GET", "POST"], may="nominees.write")
def edit_nominee(key: str, nominee_key: str) -> BaseResponse | tuple[str, int]:
    """Show and save the form of a nominee.

    For a nominee on a ballot or a panel, the form is only how to reach them.
    """
    view = read(nominees_acts.list_nominees, key)
    nominee = _of(view, nominee_key)
    if not nominee.editable:
        return _correct(view, nominee)
    form = with_attributes(NomineeForm)(data=filled(nominee)).offer(view.themes)
    suggestion = _offer_governments(form, nominee)
    if form.validate_on_submit() and form.accepts(lambda: _save(key, form, nominee_key)):
        return done(_("Saved."), "nominees", key=key)
    return page("nominees/form.html", view.round, form, nominee=nominee, suggestion=suggestion)


@blueprint.route("/rounds/<key>/nominees/<nominee_key>/delete", methods=["GET", "POST"], may="nominees.write")
def delete_nominee(key: str, nominee_key: str) -> BaseResponse | tuple[str, int]:
    """Take a nominee out, after saying who it is."""
    view = read(nominees_acts.list_nominees, key)
    nominee = _of(view, nominee_key)
    if not nominee.editable:
        raise Problem("round.frozen", key=key)
    form = Form()
    if form.validate_on_submit() and form.accepts(lambda: _delete(key, nominee_key)):
        return done(_("%(name)s has been removed.", name=nominee.name), "nominees", key=key)
    return page("nominees/delete.html", view.round, form, nominee=nominee)


@blueprint.get("/rounds/<key>/nominees-template", may="rounds.read")
def nominees_template(key: str) -> Response:
    """Return an empty workbook with the headings that the import reads, and lists of values."""
    view = read(nominees_acts.list_nominees, key)
    lists = [
        (_("Role"), _listed(catalogue.roles())),
        (_("Country"), _listed(catalogue.countries())),
        (_("Sector"), _listed(catalogue.sectors())),
        (_("Gender"), _listed(catalogue.genders())),
        (_("Language"), offered()),
        (_("Themes"), tuple(theme.key for theme in view.themes)),
        (_("Person or institution"), (_("person"), _("institution"))),
        (_("Languages"), _listed(catalogue.languages())),
        (_("Government it belongs to"), _listed_governments()),
        (_("Yes or no"), (_("yes"), _("no"))),
        *(
            (
                local(name_of_dimension(each.key)),
                tuple(local(name_of(each.key, one.key)) for one in each.categories),
            )
            for each in attributes.added()
        ),
    ]
    columns = (
        ("role",),
        ("country",),
        ("sector",),
        ("gender",),
        ("language",),
        ("topics",),
        ("kind",),
        ("languages",),
        ("government",),
        ("consent_contact", "consent_listed", "consent_governments"),
        *((each.field,) for each in attributes.added()),
    )
    places = [each.key for each in import_fields()]
    return as_file(
        Export(
            stem=f"{key}-nominees-template",
            title=_("Nominees for the round %(key)s", key=key),
            sheet=Sheet(
                _("Nominees"),
                tuple(field.headings[0] for field in import_fields()),
                (),
                tuple(
                    (places.index(name), title)
                    for names, (title, _rows) in zip(columns, lists, strict=True)
                    for name in names
                ),
            ),
            made_at=now(),
            facts=(
                (_("Round"), key),
                (_("Themes"), _("Keys of themes, several with a semicolon between them; empty means any.")),
                (_("Gender"), _("Only what the person said; empty where the person was not asked.")),
                (_("Languages"), _("Several with a semicolon between them.")),
                (_("Form of address"), _("As the person wants it, such as “Ms Minister”; empty means none.")),
                (_("Agrees to …"), _("yes only where the person said so; empty means no.")),
                (_("Support from outside"), _("0 to 10,000, where a vote was held elsewhere; else empty.")),
            ),
            more_sheets=tuple(Sheet(title, (title,), tuple((row,) for row in rows)) for title, rows in lists),
        ),
        "xlsx",
    )


def _listed_governments() -> tuple[str, ...]:
    with reading() as work:
        return tuple(name for _key, name in _governments(nominees_acts.choices(work)))


def _listed(entries: Iterable[Entry | Country]) -> tuple[str, ...]:
    return tuple(local(entry.name) for entry in entries)


def _correct(view: NomineesView, nominee: NomineeRecord) -> BaseResponse | tuple[str, int]:
    key = view.round.key
    if view.round.state == "cancelled":
        raise Problem("round.frozen", key=key)
    form = ContactForm(data=reached(nominee))
    suggestion = _offer_governments(form, nominee)
    if form.validate_on_submit() and form.accepts(lambda: _correct_contact(key, nominee.key, form)):
        return done(_("Saved."), "nominees", key=key)
    return render_template(
        "nominees/contact.html",
        form=form,
        line=view.round,
        nominee=nominee,
        names=_names(nominee, view.themes),
        suggestion=suggestion,
        example=view.round.example,
    ), form.status


def _offer_governments(form: ContactForm, nominee: NomineeRecord | None) -> str:
    """Let the form choose a government; return the name of the one that the nominee's data suggest, or ""."""
    with reading() as work:
        some = nominees_acts.choices(work, nominee.government if nominee else "")
        found = nominees_acts.suggested(work, nominee) if nominee else None
    form.offer_governments(_governments(some))
    return dict(_governments([found]))[found.key] if found else ""


def _governments(some: Iterable[nominees_acts.Choice]) -> list[tuple[str, str]]:
    """Return governments (key, name): States, then local ones with their country, each by name."""
    countries = catalogue.countries_by_code()
    named = []
    for each in some:
        country = local(countries[each.country].name) if each.country else ""
        place = f"{each.name} ({country})" if each.name and country else each.name
        named.append((bool(each.name), each.key, place or country))
    named.sort(key=lambda one: (one[0], alphabetical(one[2])))
    return [(key, name) for _local, key, name in named]


def _names(nominee: NomineeRecord, themes: Iterable[ThemeLine]) -> dict[str, str]:
    """Return the names for the keys of a nominee; "" where there is none."""
    gender = catalogue.genders_by_key().get(nominee.gender or "")
    titles = {theme.key: local(theme.title) for theme in themes}
    return {
        "role": local(catalogue.roles_by_key()[nominee.role].name),
        "country": local(catalogue.countries_by_code()[nominee.country].name),
        "sector": local(catalogue.sectors_by_key()[nominee.sector].name),
        "gender": local(gender.name) if gender else "",
        "topics": "; ".join(titles.get(topic, topic) for topic in nominee.topics),
    }


def _of(view: NomineesView, nominee_key: str) -> NomineeRecord:
    for nominee in view.nominees:
        if nominee.key == nominee_key:
            return nominee
    raise Problem("nominee.unknown", key=nominee_key)


def _save(key: str, form: NomineeForm, nominee_key: str | None) -> None:
    write(nominees_acts.save_nominee, key, form.to_command(), nominee_key, distinct=form.distinct.data)


def _delete(key: str, nominee_key: str) -> None:
    write(nominees_acts.delete_nominee, key, nominee_key)


def _correct_contact(key: str, nominee_key: str, form: ContactForm) -> None:
    write(nominees_acts.correct_contact, key, nominee_key, form.to_contact())


def government(asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the form data of the institution of a government that the address names; else none."""
    role = asked.get("government", "")
    if role not in {"gov_national", "gov_local"}:
        return {}
    country = asked.get("country", "")
    name = line(asked.get("name", ""))[:NAME_MAX]
    return {
        "kind": "institution",
        "role": role,
        "sector": role,
        "country": country if country in catalogue.countries_by_code() else "",
        "name": name,
        "organisation": name,
    }


def proposed(colleague: Colleague | None) -> dict[str, Any]:
    """Return the form data of a colleague whom an invited person proposed in their place.

    Country, gender and consents are the colleague's own, so none of these is taken over. Empty where
    there is no colleague.
    """
    if colleague is None:
        return {}
    return {
        "name": colleague.name,
        "organisation": colleague.institution,
        "role": colleague.role,
        "email": colleague.contact if address(colleague.contact) else "",
        "language": colleague.language,
    }


def _context(key: str) -> dict[str, Any]:
    line = read(nominees_acts.list_nominees, key).round
    return {
        "line": line,
        "example": line.example,
        "fields": import_fields(),
        "subject": _("Name"),
        "undo_words": _(
            "Until the voting opens, and while these nominees stay as they are, this can be undone."
        ),
    }


def _added(count: int) -> tuple[str, str, str]:
    return (
        ngettext("%(num)s nominee is added.", "%(num)s nominees are added.", count),
        ngettext("%(num)s nominee was added.", "%(num)s nominees were added.", count),
        ngettext("%(num)s nominee is deleted.", "%(num)s nominees are deleted.", count),
    )


def _on_list(count: int) -> tuple[str, str, str]:
    said = ngettext(
        "%(num)s nominee is on the list already and stays.",
        "%(num)s nominees are on the list already and stay.",
        count,
    )
    return said, "", ""


Pages(
    importer=IMPORTER,
    path="/rounds/<key>/nominees-file",
    upload="nominees/file.html",
    home="nominees",
    back=lambda: _("Nominees"),
    labels=lambda: {**LABELS, **attribute_labels()},
    form=lambda _view: ConfirmForm(),
    options=lambda _form: {},
    effects={"added": _added, "on_list": _on_list},
    context=_context,
    may="nominees.write",
).register()
