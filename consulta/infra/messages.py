"""The sentences for all codes.

The layers below use codes (`ballot.theme`); this is the only module where a code has words. The words
are English msgids; the caller that shows them passes in a translator. They are sorted by area: add a
code beside related ones.
"""

from collections.abc import Callable, Mapping


def N_(text: str) -> str:  # noqa: N802 - the mark that extraction looks for
    """Mark a text for translation and return it as it is."""
    return text


MESSAGES: dict[str, str] = {
    # core: the file
    "bundle.json": N_("%(path)s: %(reason)s"),
    "result.json": N_("%(path)s: %(reason)s"),
    "robustness.json": N_("%(path)s: %(reason)s"),
    "summary.json": N_("%(path)s: %(reason)s"),
    "archive.json": N_("%(path)s: %(reason)s"),
    "panel.json": N_("%(path)s: %(reason)s"),
    "file.unreadable": N_("%(path)s cannot be read."),
    "file.unwritable": N_("%(path)s cannot be written."),
    # files of rows: the whole file
    "file.empty": N_("The file is empty. Choose one with headings in its first row."),
    "file.no_rows": N_(
        "The file has headings in row %(row)s and nothing below them. Fill in at least one row."
    ),
    "file.too_large": N_(
        "The file is larger than %(limit)s MB. Remove pictures and unused sheets, or split it."
    ),
    "file.too_many_rows": N_("The file has more than %(limit)s rows. Split it into several files."),
    "file.too_many_columns": N_(
        "Row %(row)s has more than %(limit)s columns. Remove the columns that are not needed."
    ),
    "file.too_many_sheets": N_(
        "The file has more than %(limit)s sheets. Save those with the list in a file of their own."
    ),
    "file.too_much": N_(
        "Up to row %(row)s the file holds more text than can be read. Split it into several files."
    ),
    "file.encoding": N_(
        "The letters of this file cannot be read. Save it as XLSX or as “CSV UTF-8” and try again."
    ),
    "file.quotes": N_(
        "Row %(row)s: a quotation mark opens a cell and is not closed, or text follows a closed one."
        " Correct it, or save the file as XLSX."
    ),
    "file.hidden": N_(
        "All sheets with a table are hidden. Show the one to read, save the file and try again."
    ),
    "file.limits": N_(
        "Reading the file takes too much memory or time. Delete what stands far from the list,"
        " or save the list as CSV."
    ),
    "file.encrypted": N_(
        "The file is protected with a password. Save a copy without the password and try again."
    ),
    "file.unknown_kind": N_(
        "“%(filename)s” is not a table in XLSX, ODS, XLS or CSV. Save it in one of these formats."
    ),
    "file.not_a_table": N_(
        "This is neither an Excel nor an OpenDocument spreadsheet. Save the table as XLSX, ODS or CSV."
    ),
    "file.bomb": N_(
        "The file would unpack to far more than a list needs, so it was not opened. Save it as CSV."
    ),
    "file.damaged": N_("The workbook is damaged and cannot be read. Open it, save it again as XLSX or CSV."),
    "file.headings_missing": N_("These headings are missing: %(headings)s. Add them, or use the template."),
    "file.headings_missing_among": N_(
        "These headings are missing: %(headings)s. Of those in the file these mean nothing here: %(unknown)s."
        " If one of them is what is missing, write the heading so, or use the template."
    ),
    "file.too_many_blank": N_(
        "Up to row %(row)s there are more than %(limit)s empty rows. Delete the empty rows below the list,"
        " their formatting too, and upload the file again."
    ),
    "file.headings_doubled": N_(
        "These headings are there twice, or mean the same as another: %(headings)s. Keep one."
    ),
    # files of rows: one row
    "file.extra_cell": N_(
        "Row %(row)s, column %(column)s: there is no heading above this cell."
        " In a CSV file, put a text with commas between quotation marks."
    ),
    "file.cell_too_long": N_(
        "Row %(row)s, column %(column)s: the text is longer than %(limit)s characters. Shorten it."
    ),
    "file.cell_error": N_(
        "Row %(row)s, column %(column)s: the cell shows an error of its formula. Write the value."
    ),
    "file.garbled": N_(
        "Row %(row)s, column %(column)s: accented letters are broken here."
        " Write them again, or save the original file as “CSV UTF-8”."
    ),
    # core: what a bundle says
    "themes.few": N_("A round needs at least two themes; this one has %(count)s."),
    "themes.duplicate": N_("%(path)s: the theme “%(key)s” is there twice."),
    "theme.objectives": N_(
        "%(path)s: the theme “%(key)s” needs one to five different objectives, from 1 to 23."
    ),
    "seat.duplicate": N_("%(path)s: the seat “%(key)s” is there twice."),
    "seat.category": N_("%(path)s: the seat “%(key)s” has no “%(dimension)s”, which the rules use."),
    "arrays.shape": N_("%(path)s: the array must be %(wanted)s."),
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
    "seed.commitment": N_("%(path)s: the secret does not match its published fingerprint."),
    "panel.rule": N_(
        "%(path)s: this names something that does not exist, or names it twice,"
        " or its minimum is above its maximum."
    ),
    # accounts
    "access.denied": N_("You do not have access to this. Sign in with an account that has it."),
    "account.busy": N_(
        "Several people are giving their password at this moment. Try again in a few seconds."
    ),
    "staff.duplicate": N_("There is already an account with this address."),
    "staff.disabled": N_(
        "The account with the address %(email)s is disabled: open it again with consulta staff enable."
    ),
    "staff.password": N_("A password needs %(least)s to %(most)s characters."),
    "staff.unknown": N_("There is no account with the address %(email)s."),
    # the voter
    "vote.elsewhere": N_(
        "You came by a link of another round. Open the personal link that your organisation received"
        " for this one."
    ),
    "vote.unknown": N_("Your organisation has not voted yet, so there is no receipt."),
    "vote.none": N_("You have not chosen any theme. Give a place to at least one."),
    "vote.theme": N_("One of the themes sent is not on this ballot. Reload the page and choose again."),
    "vote.many": N_(
        "You gave a place to %(count)s themes, and there are %(max)s places. Leave the others"
        " without a place."
    ),
    "vote.place": N_("Choose a place from 1 to %(max)s, or none."),
    "vote.place_twice": N_("Place %(place)s is given to more than one theme. Give each its own."),
    "vote.objective": N_("One of the objectives sent is not among the 23. Tick them again."),
    "vote.objectives": N_("You ticked %(count)s objectives. Leave %(max)s at most."),
    "vote.nominee": N_("One of the people sent is not on this ballot. Tick them again."),
    "vote.endorsements": N_("You ticked %(count)s people. Leave %(max)s at most."),
    "assisted.requester": N_("Write who asks for it, in at most %(most)s characters."),
    "assisted.reason": N_("Write why it is entered for them, in at most %(most)s characters."),
    "assisted.unknown": N_("The secretariat has not entered this vote."),
    "seat.unknown": N_("There is no such organisation on the roll of this round."),
    # the database
    "store.foreign_keys": N_(
        "The new form of the database would leave %(count)s rows without what they refer to."
    ),
    "store.pragma": N_("The database does not accept the setting %(name)s = %(want)s; it answers %(found)s."),
    "store.schema": N_(
        "The database has schema %(found)s, this version needs %(newest)s: run `consulta migrate`."
    ),
    "store.unavailable": N_(
        "Nothing was recorded: the database cannot be written just now. Try again in a minute."
    ),
    # documents
    "document.busy": N_(
        "Other documents are being made just now, each in some seconds. Try again in half a minute; the page "
        "itself can be printed meanwhile."
    ),
    "document.limits": N_(
        "This document takes more memory or time than is set aside for one, so it was not made. The page"
        " itself can be printed from the browser. Tell whoever runs this site."
    ),
    "document.unavailable": N_(
        "PDF documents cannot be made here: the extra `pdf` or the system's Pango library is missing. "
        "The page itself can be printed from the browser."
    ),
    # public pages
    "round.unknown": N_("There is no round “%(key)s”, or it has not opened yet."),
    "archive.unknown": N_("There is no published archive of the round %(key)s."),
    "result.unknown": N_("The result of the round “%(key)s” has not been published yet."),
    "panel.unknown": N_("There is no panel of the round “%(key)s” yet."),
    # result and panel
    "round.not_closed": N_("The round “%(key)s” has no result: its voting has not closed."),
    "round.not_published": N_("Publish the result of the round “%(key)s” first; the panel follows it."),
    "result.clock": N_(
        "The clock of the server was set back: by it, the last vote is yet to come. "
        "The votes are counted by themselves when it has caught up (minutes still to go: %(minutes)s)."
    ),
    # objections after the closing
    "objection.over": N_(
        "The time to object is over, or the result has been published. Nothing was recorded."
    ),
    "objection.claim": N_("Say what is wrong with how your organisation appears."),
    "objection.who": N_("Write your name, in %(most)s characters at most."),
    "objection.text": N_("Write what happened, in %(most)s characters at most."),
    "objection.many": N_(
        "%(most)s objections came from this address. Write to the secretariat if there is more to say."
    ),
    "objection.unknown": N_("There is no such objection."),
    "objection.decided": N_("Nothing was changed: this objection has been decided or withdrawn meanwhile."),
    "objection.reason": N_(
        "Write the reason, in %(most)s characters at most: the organisation is told it by mail, and the log"
        " keeps it."
    ),
    "objection.same_person": N_(
        "Another person of the secretariat must confirm this: you asked for it yourself. Nothing was changed."
    ),
    "objection.published": N_(
        "The result is public, and no ballot can be taken out any more. Nothing was changed."
    ),
    "objection.uncounted": N_(
        "The ballots have not been counted yet. Count them first: the first count is kept as it was at the"
        " closing. Nothing was changed."
    ),
    "publish.waits": N_(
        "The result cannot be published before %(until)s: until then organisations can object to how they"
        " appear."
    ),
    "publish.mails": N_(
        "The result cannot be published while closing mails wait to be sent (%(count)s): those organisations"
        " have not read how they appear. Their time to object runs from when the mail leaves."
    ),
    "publish.unconfirmed": N_(
        "An objection waits for a second person (%(count)s in all). Confirm it or send it back first."
    ),
    "publish.recount": N_(
        "A ballot was taken out after an objection. Count the ballots again before publishing."
    ),
    "publish.undecided": N_(
        "Objections that nobody has decided: %(count)s. Decide them, or write why the result is published all"
        " the same, in %(most)s characters at most."
    ),
    "result.uncounted": N_("The ballots of this round have not been counted yet. Count them first."),
    "panel.designated": N_(
        "%(name)s was designated outside of this tool and cannot be kept out here. First take back what was"
        " written down of that act."
    ),
    "panel.impossible": N_(
        "No panel meets the rules as they stand. Change a rule and choose again, or decide on a panel with a"
        " reason."
    ),
    "panel.stale": N_(
        "Nothing was changed: the panel is no longer as this page showed it. Look at it again, and repeat the"
        " change if it is still wanted."
    ),
    "panel.held": N_("%(name)s is held on the panel. Let the seat go first, then change it."),
    "panel.no_completion": N_(
        "Nothing was changed: with these people no panel keeps every rule. Let somebody go, or decide on the"
        " panel as it is, with a reason."
    ),
    "preset.unknown": N_("There are no such rules of your own any more. Somebody may have deleted them."),
    "preset.title": N_("Write a name in the first language, in at most %(most)s characters."),
    "preset.duplicate": N_("There are already rules called “%(name)s”. Choose another name."),
    "preset.many": N_("There are already %(most)s rules of your own. Delete some that you no longer use."),
    "panel.empty": N_("There is nobody on this panel. Add people first."),
    "panel.reason": N_("Write why, in at most %(most)s characters: this panel breaks a rule that must hold."),
    "panel.other": N_(
        "Write why, in at most %(most)s characters: by the rules and the support the panel would be another."
    ),
    "panel.holds": N_(
        "Write why, in at most %(most)s characters: people are held or kept out without having answered."
    ),
    "panel.answers_changed": N_(
        "Nothing was published: somebody answered since this page was opened, or the panel changed."
        " Look at the list again."
    ),
    "invitation.why": N_(
        "By the rules %(name)s would take this place. Write the sentence that says why another person does,"
        " in the first language and in %(most)s characters at most."
    ),
    # core: what a round may do
    "round.move": N_("A round that is “%(now)s” cannot become “%(wanted)s”."),
    "state.draft": N_("in preparation"),
    "state.open": N_("open"),
    "state.closed": N_("closed"),
    "state.published": N_("published"),
    "state.cancelled": N_("cancelled"),
    # a round at the desk
    "round.duplicate": N_("There is already a round with this key."),
    "round.frozen": N_(
        "The round “%(key)s” is not a draft any more: its texts, rules, themes, nominees and roll"
        " cannot change."
    ),
    "round.key": N_(
        "A key has 1 to 32 characters: small letters without accents, figures and hyphens; the first is a"
        " letter or a figure."
    ),
    "round.not_open": N_("The round “%(key)s” is not open for voting."),
    # changes of who may vote while a round is open
    "access.reason": N_(
        "Voting is open: say why, in 1 to %(most)s characters. The organisation's contacts are told."
    ),
    "access.unknown": N_("There is no such change in this round."),
    "access.decided": N_("This change has been decided meanwhile. Open the list to see how."),
    "access.second": N_(
        "Another person of the secretariat must confirm it, with their own account: you asked for it."
    ),
    "access.overtaken": N_("The contact has changed since, or voting is over: there is nothing to confirm."),
    "access.not_accepted": N_(
        "This address cannot accept the change: only one that could vote when voting opened can, and only as"
        " long as nobody has objected."
    ),
    "links.waiting": N_(
        "This address gets no link yet: the change that brought it waits, or somebody objected to it."
    ),
    "import.guarded": N_(
        "Voting is open for organisations whose contacts this file changed: change those by hand."
    ),
    # answers by a link in a notice
    "reply.over": N_("The time to answer is over, or it has been decided meanwhile."),
    "round.reason": N_("Say why in a few words: the reason stays in the log."),
    "round.cancelled": N_("The round “%(key)s” was cancelled."),
    "scrutineer.unknown": N_("There is no such scrutineer; perhaps the account was closed."),
    "round.secrecy": N_("Choose who may read the ballots: %(modes)s."),
    "round.title": N_(
        "Write the title in the first language; where another has none, its readers see that one."
    ),
    "round.unopened": N_("The round “%(key)s” has not opened, so there is no roll yet."),
    "rules.dimension": N_(
        "“%(dimension)s” is none of the dimensions by which organisations are told apart here."
    ),
    "deadline.form": N_("Write the deadline as a date with an hour."),
    "deadline.zone": N_("“%(zone)s” is not a time zone of the region."),
    "deadline.gap": N_(
        "This hour does not exist: on that day the clocks there jump over it. Choose another."
    ),
    "deadline.past": N_("The deadline has passed already. Choose a later one."),
    "deadline.over": N_(
        "The deadline has passed and cannot move any more. What is left is to close the voting."
    ),
    "deadline.earlier": N_(
        "A deadline only moves to a later moment. To end earlier, close the voting and say why."
    ),
    "public.before": N_(
        "A public value must not be known before voting ends: choose a moment that is not before the"
        " deadline."
    ),
    "public.early": N_(
        "This value is older than it may be: not from before the moment that was announced, nor from before"
        " voting ended. Take a later one from the same source."
    ),
    "public.empty": N_("Write the value, in one line of at most %(most)s characters."),
    "public.future": N_("This moment has not come yet."),
    "public.incomplete": N_(
        "For a public value say from where it comes, in every language, and from when on. Without one, leave"
        " all of it empty."
    ),
    "public.known": N_("The public value of this round is entered already, and stays."),
    "public.missing": N_(
        "This round announced a public value. Enter it first; then the ballots are counted."
    ),
    "public.unannounced": N_("This round announced no public value before it opened, so it takes none."),
    "deadline.far": N_("Choose a moment at most %(days)s days from now: personal links do not last longer."),
    "deadline.hour": N_(
        "The deadline is outside %(first)s:00 to %(last)s:00 UTC, the hours in which it is day"
        " in the whole region."
    ),
    "deadline.twice": N_(
        "On that day the clocks of that zone show this hour twice; the earlier one is meant."
    ),
    "deadline.dates": N_("The deadline does not fall on one date everywhere. %(dates)s"),
    "theme.choose": N_("Choose one to five objectives."),
    "theme.duplicate": N_("Another theme of this round has this key."),
    "theme.in_use": N_(
        "Nominees are proposed for this theme: %(names)s (%(count)s in all). Change that first."
    ),
    "theme.key": N_(
        "A key has 1 to 40 characters: small letters without accents, figures, hyphens and underscores;"
        " the first is a letter or a figure."
    ),
    "theme.title": N_(
        "Write the title in the first language; where another has none, its readers see that one."
    ),
    "theme.unknown": N_("There is no theme “%(key)s” in this round."),
    "themes.many": N_("A round can have %(most)s themes at most."),
    "themes.present": N_(
        "This round has themes already; the proposed ones are only for a round without any."
    ),
    # acts outside of this tool
    "designation.act": N_("Write by which decision, in 1 to %(most)s characters."),
    "designation.by": N_("Write who decided, in 1 to %(most)s characters."),
    "designation.none": N_("No act outside of this tool is written down for this person."),
    "designation.on": N_("Write the day of the decision; it cannot lie in the future."),
    "designation.reason": N_("Say why, in 1 to %(most)s characters: the reason stays in the log."),
    # nominees
    "nomination.agreed": N_(
        "Tick that the person knows of it and agreed, or leave the boxes above it empty: nobody can agree"
        " for another."
    ),
    "nomination.alike": N_(
        "“%(name)s” (%(institution)s) is a nominee already and may be the same. Join the proposal with that"
        " nominee, or say that they are two."
    ),
    "nomination.closed": N_("Members propose before the vote or beside it: this round is past both."),
    "nomination.decided": N_("Meanwhile this proposal has been decided about. Open the list to see how."),
    "nomination.elsewhere": N_("Your link belongs to another round. Open the one for this round."),
    "nomination.late": N_("That hour is after the end of voting. Choose an earlier one."),
    "nomination.many": N_(
        "An organisation can propose %(most)s in a round, and yours has. Withdraw one that waits, or write"
        " to the secretariat."
    ),
    "nomination.over": N_("Proposals are not taken now: the time for them is over or has not begun."),
    "nomination.reason": N_("Write the reason, in 1 to %(most)s characters: whoever proposed reads it."),
    "nomination.settled": N_("What was decided about this proposal cannot be taken back any more."),
    "nomination.target": N_("Choose from the list with whom to join it."),
    "nomination.twin": N_("Your organisation has already proposed “%(name)s” of that institution."),
    "nomination.unknown": N_("There is no such proposal in this round. It may have been withdrawn."),
    "nominee.address_form": N_("Write the form of address in %(most)s characters at most."),
    "nominee.country": N_("“%(text)s” is not one of the 33 States of the region."),
    "nominee.duplicate": N_("Another nominee of this round has this key. Try again."),
    "nominee.delegate": N_("Write the name in %(most)s characters at most."),
    "nominee.designated": N_(
        "Somebody designated this nominee, so it stays. Join the other with it, or take the designation back"
        " first."
    ),
    "nominee.email": N_("“%(text)s” is not an e-mail address."),
    "nominee.gender": N_("“%(text)s” is not one of the four answers; leave it empty where nobody was asked."),
    "nominee.kind": N_("“%(text)s” is neither a person nor an institution."),
    "nominee.language": N_("“%(text)s” is not a language of this site."),
    "nominee.languages": N_("“%(text)s” is not in the list of languages, or is named twice."),
    "nominee.many": N_("A round can have %(most)s nominees at most."),
    "nominee.missing": N_("This cell must not be empty."),
    "nominee.near": N_("“%(text)s” is not in the list. Is “%(near)s” meant? Write it so."),
    "nominee.name": N_("Write the name, in 1 to %(most)s characters."),
    "nominee.organisation": N_("Write the organisation or institution, in 1 to %(most)s characters."),
    "nominee.recent": N_("Write a whole number from %(least)s to %(most)s."),
    "nominee.role": N_(
        "“%(text)s” is not a role; roles are national government, local government and representative of the"
        " Mechanism."
    ),
    "nominee.sector": N_("“%(text)s” is not one of the sectors."),
    "nominee.whole": N_("“%(text)s” is not a whole number."),
    "nominee.speaks_for": N_("Name up to %(most)s organisations, each in 1 to %(long)s characters."),
    "nominee.support": N_("Write a whole number from %(least)s to %(most)s, or leave it empty."),
    "nominee.topic": N_("“%(text)s” is not a theme of this round, or is named twice."),
    "nominee.twin": N_(
        "“%(name)s” of “%(organisation)s” is a nominee already. If they are two people, add the second with"
        " the form and tick that they are."
    ),
    "nominee.twin_row": N_("“%(name)s” of the same organisation is in row %(row)s already."),
    "nominee.yes_no": N_("“%(text)s” is neither yes nor no."),
    "nominee.unknown": N_("There is no nominee “%(key)s” in this round."),
    # the session of a round
    "dialogue.ends": N_("The session ends after it begins: choose a later hour."),
    "dialogue.link": N_(
        "In “%(text)s” an address or its name is missing. Write a name and then the address, which begins"
        " with https://."
    ),
    "dialogue.links": N_("A session can have %(most)s links at most."),
    "dialogue.round": N_("This round was cancelled: no session follows from it."),
    "dialogue.title": N_(
        "Write the title in the first language; where another has none, its readers see that one."
    ),
    "dialogue.topic": N_("“%(key)s” is not a theme of this round."),
    "dialogue.unknown": N_("The session of this round is not written down yet."),
    # services: the factsheet of a session
    "factsheet.achieved": N_("What was achieved"),
    "factsheet.cancelled": N_("The session was cancelled: there is nothing to tell of it."),
    "factsheet.challenges": N_("Challenges"),
    "factsheet.first": N_("%(part)s: it is not there in %(language)s. Write it in that language too."),
    "factsheet.future": N_("The session has not ended yet. Publish its factsheet afterwards."),
    "factsheet.highlights": N_("Highlights"),
    "factsheet.lessons": N_("Lessons learned"),
    "factsheet.many": N_("A list can have %(most)s rows at most. Join some of them."),
    "factsheet.missing": N_("%(part)s: write it, at least in %(language)s."),
    "factsheet.number": N_("The number of the series is a whole number from 1 to %(most)s."),
    "factsheet.number_missing": N_("Write which number of the series this is."),
    "factsheet.people": N_(
        "The list of who took part has fewer people than can be told of. Write down who took part, one by "
        "one or from a file."
    ),
    "factsheet.period": N_("Period"),
    "factsheet.recommendations": N_("Recommendations"),
    "factsheet.round": N_("Publish the result of the round first: it says why this was the topic."),
    "factsheet.row_first": N_(
        "%(part)s, %(number)s: it is not there in %(language)s. Write it in that language too."
    ),
    "factsheet.row_untranslated": N_(
        "%(part)s, %(number)s: it is not there in %(language)s; its readers will see another language, marked"
        " as such."
    ),
    "factsheet.stale": N_(
        "Somebody saved other words of this factsheet meanwhile. What you wrote is below and not saved yet; "
        "saving now puts it in place of theirs."
    ),
    "factsheet.topics": N_("Tick on the session's page which topics it took up."),
    "factsheet.untranslated": N_(
        "%(part)s: it is not there in %(language)s; its readers will see another language, marked as such."
    ),
    "factsheet.unchanged": N_("Nothing has changed since the published version."),
    "factsheet.unknown": N_("No factsheet of this round has been published."),
    # who took part
    "attendance.country": N_(
        "“%(text)s” is not one of the 33 States of the region. For who speaks for no country write"
        " “regional”."
    ),
    "attendance.group": N_("“%(text)s” is neither government nor civil society nor United Nations."),
    "attendance.many": N_("A session can have %(most)s people at most."),
    "attendance.organisation": N_("Write the organisation or institution, in 1 to %(most)s characters."),
    "attendance.other_group": N_(
        "“%(text)s” does not go with the sector “%(sector)s”. Correct one of the two."
    ),
    "attendance.people": N_("Write a whole number from 1 to %(most)s."),
    "nominee.touched": N_(
        "A nominee of this file was changed, deleted or joined with a proposal since, so the import stays."
    ),
    "attendance.touched": N_(
        "The list has changed since this file was imported; it cannot be undone any more."
    ),
    "attendance.unknown": N_("This person is not on the list any more."),
    # opening: what forbids it
    "opening.title": N_("The title of the round is missing in %(language)s."),
    "opening.title_other": N_(
        "The title of the round is missing in %(language)s: it will be shown in %(first)s."
    ),
    "opening.question": N_("The question of the round is missing in %(language)s."),
    "opening.proposing": N_(
        "Members can still propose people for the panel, until %(until)s. Whoever is admitted after the"
        " opening stands on no ballot; the proposals go on beside the vote."
    ),
    "opening.proposals_wait": N_(
        "Proposals of members that wait: %(count)s. Whoever is not admitted before the opening stands on no"
        " ballot."
    ),
    "opening.question_other": N_(
        "The question of the round is missing in %(language)s: it will be shown in %(first)s."
    ),
    "opening.theme_title": N_("Themes without a title in %(language)s: %(names)s."),
    "opening.theme_title_other": N_(
        "Themes without a title in %(language)s, to be shown in %(first)s: %(names)s."
    ),
    "opening.description": N_("Themes described, but not in %(language)s: %(names)s."),
    "opening.description_other": N_(
        "Themes not described in %(language)s, to be shown in %(first)s: %(names)s."
    ),
    "opening.ranks": N_(
        "The ballot gives room to rank %(max)s themes, but there are only %(count)s."
        " Lower that number or add themes."
    ),
    "opening.topics": N_("The session takes %(topics)s topics, but there are only %(count)s themes."),
    "opening.nobody": N_("There is nobody to vote: the members' list has no active organisation."),
    "opening.unreachable": N_("There is nobody to vote: no member has a contact who may vote."),
    # opening: what should be known before
    "opening.without_contact": N_(
        "Members without a contact who may vote: %(count)s (%(names)s)."
        " They stand on the roll and count as not voting."
    ),
    "opening.shared_address": N_(
        "Addresses that belong to more than one organisation: %(count)s. %(names)s."
    ),
    "opening.bounced": N_("Contacts whom mail does not reach: %(count)s. %(names)s."),
    "opening.examples": N_(
        "Some members are invented examples: %(count)s. The whole round will be marked as an example."
    ),
    "opening.small_cells": N_(
        "Ballots are to be public without names. In %(count)s groups of organisations that are alike in all"
        " that is published of them there are only one or two, %(seats)s in all: each of them can be"
        " recognised (%(names)s)."
    ),
    "opening.small_groups": N_(
        "Ballots are to be public without names. In %(count)s groups of organisations that are alike in all"
        " that is published of them but the country there are fewer than %(least)s, %(seats)s in all: each of"
        " them can be recognised (%(names)s)."
    ),
    "opening.country_rules": N_(
        "Where ballots are public without names, countries of fewer than %(least)s ballots stand together, so"
        " the rules cannot count by country. Take the country out of the balance and of the support that a"
        " topic needs, or choose another mode of secrecy."
    ),
    "opening.absent": N_("No member comes from: %(names)s. The result cannot speak for them."),
    "opening.silent_subregion": N_(
        "Subregions in which no member can vote: %(names)s. Their share of the voice goes to the others."
    ),
    "opening.silent": N_(
        "Categories of “%(dimension)s” in which no member can vote: %(names)s. Their share of the voice goes"
        " to the others."
    ),
    "opening.without_category": N_(
        "Organisations without a category of the list in “%(dimension)s”: %(count)s (%(names)s). Each needs"
        " one."
    ),
    "opening.silent_sector": N_(
        "Sectors in which no member can vote: %(names)s. Their share of the voice goes to the others."
    ),
    "opening.silent_country": N_(
        "Countries in which no member can vote: %(names)s. Their share of the voice goes to the others."
    ),
    "opening.soon": N_("Voting would last less than a day."),
    "opening.no_effect": N_(
        "The share of the objectives has no effect: it counts only where the method is points."
    ),
    "opening.all_topics": N_(
        "The session takes as many topics as there are themes (%(count)s): the vote only puts them in order."
    ),
    "opening.long": N_("A ballot of %(count)s themes is long: on a phone few people read to its end."),
    "opening.unmet": N_(
        "Even if every organisation that can vote does so, the agreed voices cannot be met with the weights"
        " allowed: some group would miss its share by up to %(points)s in every hundred. Allow wider weights"
        " or balance less."
    ),
    "opening.no_nominees": N_(
        "There are no nominees. Who is added after the opening stands on no ballot, so nobody can endorse"
        " them."
    ),
    # the members' list
    "member.name": N_("Write the organisation's name, in 1 to %(most)s characters, with letters or figures."),
    "member.country": N_("Choose a country from the list."),
    "member.sector": N_("Choose a sector from the list."),
    "member.category": N_("Choose a category of “%(dimension)s”."),
    "member.base": N_("Write a whole number from %(least)s to %(most)s."),
    "member.tags": N_(
        "Write %(most)s tags at most, each of %(length)s characters at most, with commas between."
    ),
    "member.duplicate": N_("An organisation of this name and country is on the list already."),
    "member.unknown": N_("There is no such organisation on the members' list."),
    "member.contact.name": N_("A name has %(most)s characters at most."),
    "member.contact.email": N_("“%(text)s” is not an e-mail address. Write one like name@example.org."),
    "member.contact.language": N_("Choose one of the languages."),
    "member.contact.unknown": N_("There is no such contact of this organisation."),
    "contact.duplicate": N_("This organisation has a contact with this address already."),
    # a members' file: what leaves a row out
    "row.name_missing": N_(
        "The organisation's name is missing. Write it in every row, also where one name stands for"
        " several rows."
    ),
    "row.name_letters": N_("“%(text)s” has no letter and no figure. Write the organisation's name."),
    "row.name_long": N_("The name has %(length)s characters; %(most)s are the most. Shorten it."),
    "row.example": N_("This is an example of the template. Delete the row."),
    "row.country_missing": N_("The country is missing. Write its name or its code of two letters."),
    "row.country_unknown": N_(
        "“%(text)s” is not one of the 33 countries of the list. Write the name as in the template's list."
    ),
    "row.country_near": N_(
        "“%(text)s” is not one of the 33 countries of the list. Is it “%(near)s”? Write it so."
    ),
    "row.category_missing": N_("“%(dimension)s” is missing. Write one of its categories."),
    "row.category_unknown": N_(
        "“%(text)s” is not one of the categories of “%(dimension)s”. Write one of the template's list."
    ),
    "row.category_near": N_(
        "“%(text)s” is not one of the categories of “%(dimension)s”. Is it “%(near)s”? Write it so."
    ),
    "row.sector_missing": N_("The sector is missing. Write one of the template's list."),
    "row.sector_unknown": N_("“%(text)s” is not one of the sectors. Write one of the template's list."),
    "row.sector_near": N_("“%(text)s” is not one of the sectors. Is it “%(near)s”? Write it so."),
    "row.base_whole": N_(
        "“%(text)s” is not a whole number. Write it with figures only, like 1, or leave the cell empty."
    ),
    "row.base_range": N_(
        "“%(text)s” is too small or too large. Write a whole number from %(least)s to %(most)s."
    ),
    "row.tags_many": N_("There are %(count)s tags; %(most)s are the most. Leave out the others."),
    "row.tag_long": N_(
        "The tag “%(text)s” has more than %(most)s characters. Shorten it; commas part one tag from the next."
    ),
    "row.contact_long": N_(
        "The contact's name has %(length)s characters; %(most)s are the most. Shorten it."
    ),
    "row.email": N_(
        "“%(text)s” is not an e-mail address. Write one like name@example.org, or leave the cell empty."
    ),
    "row.email_near": N_("“%(text)s” is not an e-mail address. Is it “%(near)s”? Write it so."),
    "row.email_several": N_("“%(text)s” is more than one address. Write one row for each contact."),
    "row.language": N_(
        "“%(text)s” is not a language of this site. A new contact is written to in the first language; of"
        " one that is on the list nothing changes."
    ),
    "row.mixed_scripts": N_(
        "“%(text)s” mixes letters of different alphabets that look alike. Write it again by hand if it was"
        " copied."
    ),
    "row.may_vote": N_("“%(text)s” is neither yes nor no. Write “sí” or “no”, or leave the cell empty."),
    "row.category_differs": N_(
        "Rows %(first)s and %(second)s are the same organisation with two categories of “%(dimension)s”:"
        " “%(one)s” and “%(other)s”. Write the same in all its rows."
    ),
    "row.sector_differs": N_(
        "Rows %(first)s and %(second)s are the same organisation in two sectors: “%(one)s” and “%(other)s”."
        " Write the same sector in all its rows."
    ),
    "row.base_differs": N_(
        "Rows %(first)s and %(second)s give the same organisation two bases: %(one)s and %(other)s."
        " Write the same base in all its rows."
    ),
    "row.contact_differs": N_(
        "Rows %(first)s and %(second)s say two things of the same contact: “%(one)s” and “%(other)s”."
        " Keep one of the rows."
    ),
    # a members' file: what should be looked at twice
    "row.repeats": N_("This row says the same as row %(other)s. It is read once."),
    "row.formula": N_("“%(text)s” begins like a formula. It is kept as text, as it stands."),
    "row.contact_unreachable": N_("“%(text)s” has no e-mail address and is not added as a contact."),
    "row.email_typing": N_("“%(text)s” may be a typing error: is it “%(near)s”? It is kept as it stands."),
    "row.no_contact": N_("This organisation cannot vote until it has a contact who may vote."),
    "row.inactive": N_(
        "This organisation is deactivated and stays so. To let it vote again, activate it on its own page."
    ),
    "row.contact_inactive": N_("The contact %(email)s is deactivated and stays so."),
    "row.near_on_list": N_(
        "“%(name)s” is on the list of the same country. If it is the same organisation, write its name in the"
        " same way."
    ),
    "row.near_in_file": N_(
        "Row %(other)s has “%(name)s” in the same country. If it is the same organisation, write its"
        " name in the"
        " same way."
    ),
    "row.elsewhere_on_list": N_(
        "An organisation of this name is on the list in another country: %(country)s. Check that"
        " they are two."
    ),
    "row.elsewhere_in_file": N_(
        "Row %(other)s has an organisation of this name in another country: %(country)s. Check that"
        " they are two."
    ),
    "row.address_shared": N_(
        "%(email)s is also a contact of: %(organisations)s. Each organisation gets a vote of its own."
    ),
    # a members' file: importing and undoing
    "import.unknown": N_("There is no such uploaded file."),
    "import.applied": N_("This file has been imported already. Nothing was imported again."),
    "import.faulty": N_(
        "Rows to correct: %(count)s. The file is imported whole or not at all, so nothing was written."
    ),
    "import.no_sheet": N_("Choose at least one sheet to read."),
    "import.meaning": N_("Choose what the value means: one of the list, for a value that is in this file."),
    "import.stale": N_(
        "The members' list has changed since you looked. Nothing was imported: look at what the file"
        " would do now,"
        " then import."
    ),
    "import.nothing": N_("No row of this file changes anything, so there is nothing to import."),
    "import.not_applied": N_("This file has not been imported, so there is nothing to undo."),
    "import.undone": N_("This import has been undone already. To import the file again, upload it again."),
    "import.round_opened": N_(
        "A round has opened since this import, so it cannot be undone. Change the organisations one by one."
    ),
    "import.touched": N_(
        "“%(name)s” has been changed since this import, so it cannot be undone as a whole."
        " Change the organisations one by one."
    ),
    "import.linked": N_(
        "A contact of this import has received a personal link, so it cannot be undone as a whole."
        " Deactivate the contacts one by one."
    ),
    # personal links
    "contact.unknown": N_("There is no such contact who may vote in this round."),
    "links.present": N_(
        "Links that work have been handed out already: %(count)s. Tick the box to end them and make new ones."
    ),
    # mail: its texts
    "mail.kind": N_("There is no such kind of mail."),
    "mail.subject": N_("Write a subject of 1 to %(most)s characters."),
    "mail.body": N_("Write a text of 1 to %(most)s characters."),
    "mail.place": N_(
        "This mail has nothing to put in the place of %(names)s. Correct it, or take it out. There is:"
        " %(known)s."
    ),
    "mail.place_missing": N_("The text cannot do without %(names)s."),
    "mail.place_subject": N_("Take %(names)s out of the subject: that belongs into the text."),
    "mail.place_line": N_("Put %(names)s on a line of its own, without other words."),
    "mail.fixed": N_(
        "The text of this mail cannot be changed: by it, organisations check what was done in their name."
    ),
    # mail: why a message was not sent, or did not arrive
    "mail.unknown": N_("There is no such message."),
    "mail.file_gone": N_("The file of this mail is not in the data folder any more."),
    "mail.early": N_("Publish the result first; then those who voted can be thanked."),
    "mail.inactive": N_("The contact is deactivated, or may not vote any more."),
    "mail.paused": N_("Mail to this contact is paused."),
    "mail.bounced": N_("Mail does not reach this contact. Correct the address, or mark it as good."),
    "mail.over": N_("When its turn came, voting was over or the round had changed."),
    "mail.overtaken": N_("When its turn came, the deadline had moved again."),
    "mail.decided": N_("When its turn came, the change that it asked about was decided."),
    "mail.voted": N_("When its turn came, the organisation had voted."),
    "mail.link_ended": N_("When its turn came, its link had ended: a newer one took its place."),
    "mail.replaced": N_("The organisation has sent a newer vote since, which has a receipt of its own."),
    "mail.nothing_again": N_("Nothing is left that could be sent again."),
    "mail.guest_answered": N_("When its turn came, the person had answered, or was replaced."),
    "mail.guest_address": N_(
        "When its turn came, the person had no e-mail address any more, or did not agree to be written to."
    ),
    "mail.session_over": N_("When its turn came, the session was over, or cancelled."),
    "mail.session_changed": N_("When its turn came, the session had changed again."),
    "mail.dropped": N_("The secretariat took it out of the queue."),
    "mail.refused": N_("The mail server refused it."),
    "mail.gave_up": N_("It could not be handed over in two days of trying."),
    "mail.why_mailbox": N_("There is no such mailbox: the address is wrong, or was closed."),
    "mail.why_domain": N_("What stands after the @ receives no mail: it is wrong, or its server is gone."),
    "mail.why_full": N_("The mailbox is full."),
    "mail.why_unwelcome": N_("Their mail server does not take mail from ours."),
    "mail.why_refused": N_("Their mail server refused this mail."),
    "mail.why_waits": N_("Their mail server asks to try again later; that is being done."),
    "mail.why_us": N_("Our own mail server does not accept the user or the password of these settings."),
    "mail.why_sender": N_(
        "The mail server takes no mail from the address of this site as sender. "
        "No recipient's address is wrong: everything waits, "
        "and goes by itself within two days once this is mended."
    ),
    "mail.why_silent": N_("The mail server did not answer, or the connection broke."),
    "mail.why_unsaid": N_("The report does not say why."),
    # mail: what can be done
    "mail.do_correct": N_("Ask for the right address by telephone, and correct it."),
    "mail.do_resend": N_("Send a new link."),
    "mail.do_telephone": N_("Telephone: the organisation can give its vote that way too."),
    "mail.do_wait": N_("Wait: it is tried again by itself for two days."),
    "mail.do_settings": N_("Tell whoever runs this site: the settings of mail need a look."),
    # invitations to the panel
    "invitation.unknown": N_("There is no such invitation to the panel."),
    "invitation.move": N_("After “%(was)s” an invitation cannot come to “%(wished)s”."),
    "invitation.nobody": N_(
        "Nobody is left to be written to: an address and the person's agreement to be written to are needed."
    ),
    "invitation.replaced": N_("Somebody else has taken this place on the panel since. Nothing was recorded."),
    "invitation.over": N_("The session has begun or is over. Nothing was recorded."),
    "invitation.cancelled": N_("The session is cancelled. Nothing was recorded."),
    "list.columns": N_("Tick at least one column."),
    "list.unknown": N_("There is no such list. Choose again from what this page offers."),
    "list.own": N_("for the secretariat"),
    "list.participants": N_("for those who take part"),
    "list.governments": N_("for governments"),
    "list.gender": N_("with gender"),
    "list.without_gender": N_("without gender"),
    "invitation.late": N_(
        "The session has begun or is over: no answer is written down any more. Write down who took part."
    ),
    "invitation.not_yet": N_("The session has not begun. Who took part is written down afterwards."),
    "invitation.settled": N_("The place of %(name)s is not free any more, or not free yet. See the list."),
    "invitation.moved_on": N_(
        "The panel was decided anew since this page was opened. Nothing was recorded: look again and choose."
    ),
    "invitation.substitute": N_(
        "This person cannot take the place alone any more. Nothing was recorded: choose from the list below."
    ),
    "invitation.again": N_(
        "No panel keeps the rules with these people held. Nothing was recorded: below it says what stands in"
        " the way."
    ),
    "invitation.reason": N_("Choose why the person is replaced."),
    "invitation.sentence": N_(
        "Write the sentence in the first language, in %(most)s characters at most; for another reason it is"
        " needed."
    ),
    "replaced.declined": N_("declined the invitation"),
    "replaced.no_answer": N_("did not answer in time"),
    "replaced.cannot": N_("cannot take part any more"),
    "replaced.other": N_("another reason"),
    "replaced.rebalanced": N_("the panel was chosen again so that it keeps its rules"),
    "invitation.colleague": N_("Write the name of the person you propose, in 200 characters at most."),
    "invitation.note": N_("Write %(most)s characters at most."),
    "invited.proposed": N_("proposed"),
    "invited.invited": N_("invited"),
    "invited.opened": N_("link opened"),
    "invited.accepted": N_("has accepted"),
    "invited.declined": N_("has declined"),
    "invited.no_answer": N_("no answer"),
    "invited.replaced": N_("replaced on the panel"),
    "invited.attended": N_("attended"),
    # what is planned
    "plan.past": N_("That hour has passed already. Choose a later one."),
    "plan.late": N_("The round would open after its own deadline. Choose an earlier hour."),
    "reminder.late": N_("That hour is after the deadline. Choose an earlier one."),
    "reminder.twice": N_("A reminder is planned for that hour already."),
    "reminder.recent": N_(
        "The last reminder went less than %(hours)s hours ago. Confirm that another should go."
    ),
    "reminder.nobody": N_("Nobody is left to be reminded."),
    "reminder.unknown": N_("There is no such planned reminder, or it has gone out."),
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
    "size": N_("holds more than 64 MB or 8 million values"),
    "text": N_("must be text"),
    "twice": N_("this name is there twice in one object"),
    "unicode": N_("is not valid Unicode"),
    "unknown": N_("is not a known field"),
    "utf8": N_("is not UTF-8"),
    "version": N_("is of a version that this program does not know"),
    "whole": N_("must be a whole number"),
    "word": N_("is not one of the words allowed here"),
}


def sentence(code: str, params: Mapping[str, object], translate: Callable[[str], str] = N_) -> str:
    """Return the sentence of a problem, its reason (if it has one) put into words as well."""
    words = dict(params)
    if "reason" in words:
        words["reason"] = translate(REASONS[str(words["reason"])])
    return translate(MESSAGES[code]) % words
