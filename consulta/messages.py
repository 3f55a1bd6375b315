"""Every sentence that a code stands for.

The layers below speak in codes (`ballot.theme`); this is the only place where a code has words. The words are
English msgids; whoever shows them hands in a translator. Sorted by area: add a code beside its kin.
"""

from collections.abc import Callable, Mapping


def N_(text: str) -> str:  # noqa: N802 - the mark that extraction looks for
    """Mark a text for translation and return it as it is."""
    return text


MESSAGES: dict[str, str] = {
    # core: the file
    "bundle.json": N_("%(path)s: %(reason)s"),
    "result.json": N_("%(path)s: %(reason)s"),
    # core: what a bundle says
    "themes.few": N_("A round needs at least two themes; this one has %(count)s."),
    "themes.duplicate": N_("%(path)s: the theme “%(key)s” is there twice."),
    "theme.objectives": N_(
        "%(path)s: the theme “%(key)s” needs one to five different objectives, from 1 to 23."
    ),
    "seat.duplicate": N_("%(path)s: the seat “%(key)s” is there twice."),
    "seat.category": N_("%(path)s: the seat “%(key)s” has no “%(dimension)s”, which the rules use."),
    "ballot.seat": N_("%(path)s: there is no seat “%(key)s” in the roll."),
    "ballot.duplicate": N_("%(path)s: the seat “%(key)s” has two ballots."),
    "ballot.empty": N_("%(path)s: the ballot of the seat “%(key)s” ranks no theme."),
    "ballot.theme": N_(
        "%(path)s: the ballot of the seat “%(key)s” names an unknown theme, or one theme twice."
    ),
    "ballot.objective": N_(
        "%(path)s: the ballot of the seat “%(key)s” names an objective outside 1 to 23, or one twice."
    ),
    "ballot.endorsement": N_(
        "%(path)s: the ballot of the seat “%(key)s” endorses an unknown nominee, or one twice."
    ),
    "ballots.none": N_("There are no ballots to count."),
    "rules.targets": N_(
        "%(path)s: the shares must not be negative, must add up to 1 and must name every"
        " category of the roll; a category that voted must have one."
    ),
    "rules.bounds": N_(
        "%(path)s: the smallest weight must be above 0 and not above 1, the largest not below 1."
    ),
    "rules.range": N_("%(path)s: must be from %(least)s to %(most)s."),
    "seed.commitment": N_("%(path)s: the secret is not the one that was committed to."),
    "panel.rule": N_(
        "%(path)s: this names something that does not exist, or names it twice,"
        " or its minimum is above its maximum."
    ),
    # accounts
    "access.denied": N_("This is not open to you. Sign in with an account that may do it."),
    "staff.duplicate": N_("There is already an account with this address."),
    "staff.password": N_("A password needs %(least)s to %(most)s characters."),
    "staff.unknown": N_("There is no account with the address %(email)s."),
    # the voter
    "vote.elsewhere": N_(
        "You came by a link of another round. Open the personal link that your organisation received for this one."
    ),
    "vote.unknown": N_("Your organisation has not voted yet, so there is no receipt."),
    "vote.none": N_("You have not chosen any theme. Give a place to at least one."),
    "vote.theme": N_("One of the themes sent is not on this ballot. Reload the page and choose again."),
    "vote.many": N_(
        "You gave a place to %(count)s themes, and there are %(max)s places. Leave the others without a place."
    ),
    "vote.place": N_("Choose a place from 1 to %(max)s, or none."),
    "vote.place_twice": N_("Place %(place)s is given to more than one theme. Give each its own."),
    "vote.objective": N_("One of the objectives sent is not among the 23. Tick them again."),
    "vote.objectives": N_("You ticked %(count)s objectives. Leave %(max)s at most."),
    "vote.nominee": N_("One of the people sent is not on this ballot. Tick them again."),
    "vote.endorsements": N_("You ticked %(count)s people. Leave %(max)s at most."),
    # the database
    "store.pragma": N_("The database does not accept the setting %(name)s = %(want)s; it answers %(found)s."),
    "store.schema": N_(
        "The database has schema %(found)s, this version needs %(newest)s: run `consulta migrate`."
    ),
    "store.unavailable": N_(
        "Nothing was recorded: the database cannot be written just now. Try again in a minute."
    ),
    # public pages
    "round.unknown": N_("There is no round “%(key)s”, or it has not opened yet."),
    "result.unknown": N_("The result of the round “%(key)s” has not been published yet."),
    "panel.unknown": N_("There is no panel of the round “%(key)s” yet."),
    # result and panel
    "round.not_closed": N_("The round “%(key)s” has no result: its voting has not closed."),
    "round.not_published": N_("Publish the result of the round “%(key)s” first; the panel follows it."),
    "result.uncounted": N_("The ballots of this round have not been counted yet. Count them first."),
    "panel.impossible": N_("No panel meets the rules as they stand. Change a rule and choose again."),
    # core: what a round may do
    "round.move": N_("A round that is “%(now)s” cannot become “%(wanted)s”."),
}

REASONS: dict[str, str] = {
    # why a file is not well-formed: the parameter `reason` of bundle.json and result.json
    "empty": N_("must not be empty"),
    "flag": N_("must be true or false"),
    "fraction": N_("must be a fraction like 1/2"),
    "hex": N_("must be 64 hexadecimal digits"),
    "json": N_("is not JSON, or is nested too deeply"),
    "list": N_("must be a list"),
    "missing": N_("is missing"),
    "moment": N_("must be a date and time with its zone"),
    "normal": N_("must be in Unicode normal form NFC"),
    "number": N_("must be a number"),
    "object": N_("must be an object"),
    "pair": N_("must be a list of two numbers"),
    "text": N_("must be text"),
    "twice": N_("this name is there twice in one object"),
    "unicode": N_("is not valid Unicode"),
    "unknown": N_("is not a known field"),
    "utf8": N_("is not UTF-8"),
    "whole": N_("must be a whole number"),
    "word": N_("is not one of the words allowed here"),
}


def sentence(code: str, params: Mapping[str, object], translate: Callable[[str], str] = N_) -> str:
    """Return the sentence of a problem, its reason (if it has one) put into words as well."""
    words = dict(params)
    if "reason" in words:
        words["reason"] = translate(REASONS[str(words["reason"])])
    return translate(MESSAGES[code]) % words
