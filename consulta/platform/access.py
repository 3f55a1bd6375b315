"""Access control: one table of actions and the roles that may do each. Unlisted actions are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem

if TYPE_CHECKING:
    from consulta.platform.work import Actor, Role, Work

EVERYBODY: frozenset[Role] = frozenset(
    {
        *("anonymous", "guest", "proposer", "applicant", "addressee", "voter"),
        *("vote_reader", "participant", "member", "observer", "respondent", "newcomer"),
        *("scrutineer", "reader", "mail", "secretariat", "admin", "command"),
    }
)
VOTERS: frozenset[Role] = frozenset({"voter"})
VOTE_READERS: frozenset[Role] = frozenset({"vote_reader"})  # contacts by a link to what their vote did
GUESTS: frozenset[Role] = frozenset({"guest"})  # invited to the panel, by the link of their invitation
PROPOSERS: frozenset[Role] = frozenset({"proposer"})  # contacts by a link to propose
APPLICANTS: frozenset[Role] = frozenset({"applicant"})  # of an organisation that wants to become a member
MEMBERS: frozenset[Role] = frozenset({"member"})  # contacts by a link to the data of their organisation
# Those who answer what became of recommendations, by the link of a call: organisations, and institutions.
ASKED: frozenset[Role] = frozenset({"observer", "respondent"})
PARTICIPANTS: frozenset[Role] = frozenset({"participant"})  # who took part in a session, by a link
ADDRESSEES: frozenset[Role] = frozenset({"addressee"})  # of a notice, by the link in it
SCRUTINEERS: frozenset[Role] = frozenset({"scrutineer"})
STAFF: frozenset[Role] = frozenset({"secretariat", "admin", "command"})
WRITERS: frozenset[Role] = STAFF | {"mail"}  # of mail, and who follows participation
READERS: frozenset[Role] = WRITERS | {"reader"}
PEOPLE: frozenset[Role] = frozenset({"secretariat", "admin"})  # with an account: where two must agree
CLOCK: frozenset[Role] = frozenset({"worker"})  # what happens at its hour, without a click
ADMINS: frozenset[Role] = frozenset({"admin", "command"})
COMMANDS: frozenset[Role] = frozenset({"command"})
NEWCOMERS: frozenset[Role] = frozenset({"newcomer"})  # who begin an account of staff, by a link
SIGNED_IN = READERS | SCRUTINEERS  # with a password, at the same door

ACTIONS: dict[str, frozenset[Role]] = {
    "access.decide": STAFF,
    "access.stop": SCRUTINEERS,
    "account.confirm": SIGNED_IN,
    "account.own": SIGNED_IN,
    "account.sign_in": EVERYBODY,
    "answers.write": VOTERS,
    "admission.apply": EVERYBODY,
    "admission.decide": STAFF,
    "admission.forget": CLOCK,
    "admission.own": APPLICANTS,
    "archive.read": READERS,
    "attendance.read": READERS,
    "attendance.write": STAFF,
    "ballot.assist": STAFF,
    "ballot.cast": VOTERS,
    "ballot.read_own": VOTERS,
    "contacts.confirm": ADDRESSEES,
    "contacts.write": STAFF | MEMBERS,
    "checkpoints.read": EVERYBODY | CLOCK,
    "checkpoints.sign": CLOCK | COMMANDS,
    "corrections.decide": STAFF,
    "cosignatures.send": EVERYBODY,  # whose it is says its signature
    "data.keep": CLOCK | COMMANDS,
    "factors.encrypt": CLOCK | COMMANDS,
    "dialogues.write": STAFF,
    "evaluation.answer": PARTICIPANTS,
    "evaluation.read": READERS,
    "evaluation.write": STAFF,
    "focal_points.decide": STAFF,
    "follow_up.answer": ASKED,
    "follow_up.answer_reported": frozenset({"respondent"}),
    "follow_up.answer_seen": frozenset({"observer"}),
    "follow_up.call": STAFF,
    "follow_up.read": READERS,
    "follow_up.report": STAFF | ASKED,
    "follow_up.write": STAFF,
    "invitations.answer": GUESTS,
    "invitations.export": STAFF,
    "invitations.read": READERS,
    "invitations.write": STAFF,
    "links.hand_out": COMMANDS,  # staff never see a link once mail can be sent
    "links.issue": WRITERS,
    "links.open": EVERYBODY,
    "links.request": EVERYBODY,
    "log.read": READERS,
    "deploy.check": COMMANDS,
    "mail.read": READERS,
    "mail.send": CLOCK,
    "mail.test": ADMINS,
    "mail.write": WRITERS,
    "metrics.read": EVERYBODY,  # with a token, or from this machine: `operations/public/monitoring.py`
    "minutes.write": STAFF,
    "members.read": READERS,
    "members.write": STAFF,
    "nominations.beside": VOTERS,
    "nominations.by_link": PROPOSERS,
    "nominations.propose": VOTERS | PROPOSERS,
    "nominees.write": STAFF,
    "objections.decide": PEOPLE,
    "objections.read": READERS,
    "organiser.write": STAFF,
    "own_data.write": MEMBERS,
    "panel.choose": STAFF,
    "panel.read": READERS,
    "parts.write": ADMINS,
    "participation.call": WRITERS,
    "participation.read": READERS,
    "people.erase": STAFF,
    "people.read": STAFF,
    "pending.decide": WRITERS,
    "presets.write": STAFF,
    "proposing.end": STAFF | CLOCK,
    "proposing.open": STAFF | CLOCK,
    "proposing.read": READERS,
    "proposing.write": STAFF,
    "published.read": EVERYBODY | CLOCK,  # mails that go by themselves tell of it
    "reasons.read": READERS,
    "reasons.write": STAFF,
    "replies.answer": ADDRESSEES,
    "result.read": READERS,
    "retention.erase": CLOCK,
    "retention.read": READERS,
    "rounds.close": STAFF | CLOCK,
    "rounds.count": STAFF | CLOCK,
    "rounds.draw": STAFF,
    "rounds.extend": STAFF,
    "rounds.foresee": READERS | CLOCK,
    "rounds.open": STAFF | CLOCK,
    "rounds.publish": STAFF,
    "rounds.read": READERS,
    "registrations.ask": STAFF,
    "registrations.decide": STAFF,
    "rounds.reopen": STAFF,
    "rounds.write": STAFF,
    "scrutineers.write": STAFF,
    "scrutiny.read": SCRUTINEERS,
    "settings.second": PEOPLE,  # confirm what an administrator asks to be set
    "settings.use": EVERYBODY | CLOCK,
    "settings.write": ADMINS,
    "staff.join": NEWCOMERS,
    "staff.read": ADMINS,
    "staff.second": WRITERS,  # confirm what an administrator asks for that gives an account rights
    "staff.write": ADMINS,
    "tables.export": STAFF,
    "theme_proposals.propose": PROPOSERS,
    "theme_proposals.review": STAFF,
    "witnesses.write": STAFF,
    "worker.beat": CLOCK,
    "your_vote.make": CLOCK | COMMANDS,
    "your_vote.read": VOTERS | VOTE_READERS,
}

# Of an act that one person asks for, the action that another person needs to confirm it, where it is wider.
SECONDS: dict[str, str] = {"settings.write": "settings.second", "staff.write": "staff.second"}


def may(actor: Actor, action: str) -> bool:
    """Return whether an actor may do `action`, as far as the role decides it."""
    return actor.role in ACTIONS.get(action, frozenset())


def require(work: Work, action: str) -> None:
    """Let the actor of `work` do `action`, else Problem `access.denied` (unlisted actions too).

    Where the actor confirms what a person asked for who may do it, the action of a second person is enough.
    """
    if may(work.actor, action):
        return
    if work.asked_by is None or not may(work.actor, SECONDS.get(action, action)):
        raise Problem("access.denied", action=action)
