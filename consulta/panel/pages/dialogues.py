"""The session of a round as a form."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from wtforms import BooleanField, DateField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from consulta.panel import dialogues
from consulta.panel.dialogues import DialogueCommand, DialogueLink
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Boxes, Form, HourField, InEachLanguage, beside
from consulta.platform.web.language import local
from consulta.platform.web.request import read
from consulta.rounds.pages.forms import zone_choices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.wrappers import Response

    from consulta.panel.dialogues import DialogueDesk
    from consulta.rounds.values import ThemeLine


CANCELLED = "cancelled"


class DialogueForm(Form):
    """When and where the session is, and what it takes up."""

    places = beside(
        "deadline.zone",
        "dialogue.ends",
        "dialogue.links",
        "dialogue.title",
        starts=("deadline.form", "deadline.gap"),
        answer_by="dialogue.answer",
        links="dialogue.link",
        topics="dialogue.topic",
        sure=("dialogue.past", "dialogue.ends_answers"),
    )
    title = InEachLanguage(_l("Title"), 200, required=True)
    topics = Boxes(_l("Topics"))
    starts = HourField(_l("Begins"))
    ends = HourField(_l("Ends"))
    zone = SelectField(_l("Time zone of these hours"), [InputRequired()])
    answer_by = DateField(_l("Answers are asked for by"), [Optional()])
    place = InEachLanguage(_l("Place"), 300)
    links = TextAreaField(_l("Links"), [Optional(), Length(max=4000)])
    agenda = InEachLanguage(_l("Agenda"), 6000, area=True)
    state = RadioField(_l("State"), [InputRequired()])
    sure = BooleanField(_l("Save it all the same"))

    def __init__(self, *args: Any, themes: Iterable[ThemeLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone.choices = zone_choices()
        self.topics.choices = {theme.key: local(theme.title) for theme in themes}
        self.state.choices = {
            "planned": _("It takes place as written here"),
            CANCELLED: _("It is cancelled"),
        }

    def to_command(self) -> DialogueCommand:
        """Return the form as a command."""
        return DialogueCommand(
            title=self.words_of("title"),
            zone=self.zone.data or "",
            starts_local=self.starts.local,
            ends_local=self.ends.local,
            place=self.words_of("place"),
            links=tuple(as_link(text) for text in (self.links.data or "").splitlines() if text.strip()),
            agenda=self.words_of("agenda"),
            topics=tuple(self.topics.data or ()),
            cancelled=self.state.data == CANCELLED,
            answer_by=self.answer_by.data.isoformat() if self.answer_by.data else "",
        )


def filled(view: DialogueDesk) -> dict[str, Any]:
    """Return the form data: the session as saved, or the defaults that the round proposes for it."""
    dialogue = view.dialogue
    if dialogue is None:
        return {"zone": view.round.zone, "topics": list(view.proposed), "state": "planned"}
    return {
        "title": dialogue.title,
        "topics": [theme.key for theme in dialogue.topics],
        "starts": datetime.fromisoformat(dialogue.starts_local),
        "ends": datetime.fromisoformat(dialogue.ends_local),
        "zone": dialogue.zone,
        "answer_by": date.fromisoformat(dialogue.answer_by) if dialogue.answer_by else None,
        "place": dialogue.place,
        "links": "\n".join(f"{link.label} {link.url}" for link in dialogue.links),
        "agenda": dialogue.agenda,
        "state": CANCELLED if dialogue.cancelled else "planned",
    }


def as_link(text: str) -> DialogueLink:
    """Return a line of a form as a link: a name and, after the last space, its address."""
    label, _, url = text.strip().rpartition(" ")
    return DialogueLink(label.strip(" :"), url)


@blueprint.route("/rounds/<key>/dialogue", methods=["GET", "POST"], may="dialogues.write")
def dialogue(key: str) -> Response | Page:
    """Show and save the session of a round: when and where, its topics, whether it takes place."""
    view = read(dialogues.desk_page, key)
    form = DialogueForm(data=filled(view), themes=view.themes)
    confirmed = bool(form.sure.data)
    if form.does(lambda work: dialogues.save(work, key, form.to_command(), confirmed=confirmed)):
        return done(_("Saved."), "dialogue", key=key)
    return page("dialogues/dialogue.html", view.round, form, view=view)
