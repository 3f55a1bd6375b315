"""The modules that `make mutants` breaks, with the tests nearest to each, and those that it leaves alone.

The core is guarded whole, and of the features those that take and guard votes, write mail and publish. A
house test holds these lists against the tree.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

FOLDERS = (
    "core",
    "voting",
    "lifecycle",
    "ballots",
    "addresses",
    "changes",
    "objections",
    "links",
    "door",
    "accounts",
    "mailer",
    "notices",
    "letters",
    "reasons",
    "results",
    "rounds",
    "panel",
    "staff",
    "checks",
    "open_data",
    "retention",
    "worker",
    "your_vote",
)
"""The folders whose modules are guarded or left out with a reason."""

NOT_GUARDED = ("pages", "pages.py", "forms", "forms.py", "values.py", "mails.py")
"""Files and folders of every feature that are left out: shapes and words, which tests of pages look at."""

PACKAGE = "__init__.py"
"""Of a folder it is left out where it has no function."""

_NEAREST = {
    "core.counting.arrays": "core/test_arrays core/test_tally core/test_by_hand",
    "core.counting.balance": "core/test_weights core/test_neighbours core/test_by_hand",
    "core.counting.bundle": "core/test_bundle core/test_bundle_rules core/test_refusals",
    "core.counting.calibration": "core/test_calibration core/test_weights core/test_neighbours",
    "core.counting.choice": "core/test_choice",
    "core.counting.columns": "core/test_columns",
    "core.counting.contest": "core/test_rules core/test_robustness core/test_neighbours core/test_by_hand",
    "core.counting.count": "core/test_count core/test_rules core/test_arrays core/test_columns"
    " core/test_agreement core/test_panel_told core/test_panel_always",
    "core.counting.effects": "core/test_effects",
    "core.counting.election": "core/test_count core/test_agreement",
    "core.counting.files": "core/test_columns core/test_bundle_rules",
    "core.counting.firmness": "core/test_by_hand core/test_sets_of_topics core/test_agreement",
    "core.counting.parts": "core/test_bundle core/test_by_hand core/test_count",
    "core.counting.profile": "core/test_profile core/test_tally core/test_arrays core/test_neighbours",
    "core.counting.refusals": "core/test_refusals core/test_bundle",
    "core.counting.repetitions": "core/test_vectors core/test_sets_of_topics core/test_rules",
    "core.counting.result": "core/test_result core/test_rules core/test_count core/test_by_hand",
    "core.counting.robustness": "core/test_rules core/test_robustness core/test_robustness_told"
    " core/test_neighbours",
    "core.counting.rules": "core/test_bundle core/test_refusals",
    "core.counting.summary": "core/test_summary",
    "core.counting.tally": "core/test_tally core/test_neighbours core/test_by_hand",
    "core.counting.weights": "core/test_weights core/test_cap core/test_rules core/test_calibration"
    " core/test_neighbours",
    "core.disclosure.blocks": "core/test_disclosure",
    "core.disclosure.blur": "core/test_disclosure",
    "core.disclosure.sums": "core/test_disclosure questions/test_results",
    "core.disclosure.suppression": "core/test_disclosure core/test_suppression_dimensions",
    "core.invitations": "core/test_invitations",
    "core.ballot_themes": "core/test_ballot_themes",
    "core.panel.alternates": "core/test_panel core/test_panel_tried",
    "core.panel.choose": "core/test_panel core/test_claims core/test_panel_tried",
    "core.panel.effects": "core/test_swaps",
    "core.panel.endorsed": "core/test_reserves core/test_agreement",
    "core.panel.exact": "core/test_exact_by_hand core/test_exact core/test_panel_tried core/test_panel",
    "core.panel.published": "checks/test_published_panel",
    "core.panel.relaxation": "core/test_panel_tried core/test_panel core/test_claims",
    "core.panel.reserves": "core/test_reserves core/test_agreement",
    "core.panel.rows": "core/test_panel core/test_claims",
    "core.panel.rules": "core/test_panel core/test_bundle core/test_refusals",
    "core.panel.search": "core/test_panel_tried core/test_panel core/test_exact",
    "core.panel.steady": "core/test_reserves core/test_panel_votes",
    "core.panel.votes": "core/test_panel_votes",
    "core.ranges": "core/test_ranges",
    "core.reading": "core/test_refusals core/test_bundle",
    "core.rounds": "core/test_rounds",
    "core.wording": "core/test_wording",
    "core.streaming": "core/test_columns",
    "core.survey": "core/test_survey",
    "core.tags": "core/test_bundle_rules",
    "core.texts": "core/test_texts",
    "core.trust.chance": "core/test_chance core/test_neighbours",
    "core.trust.ordering": "core/laws/test_ordering_laws",
    "core.trust.receipts": "core/test_seal",
    "core.trust.proofs": "core/test_proofs",
    "core.trust.record": "core/test_record",
    "core.typed": "core/test_result",
    "core.values": "core/test_bundle core/test_refusals core/test_tally core/test_by_hand",
    "accounts.factors": "staff/test_factors_by_hand staff/test_second_step staff/test_passkeys"
    " staff/test_keys_at_rest staff/test_at_once checks/test_laundering",
    "accounts.provider": "sign_in/test_provider accounts/test_boundaries",
    "accounts.queries": "staff/test_second_step",
    "accounts.service": "accounts/test_boundaries accounts/test_passwords sign_in/test_account",
    "addresses.service": "addresses/test_seat_addresses changes/test_access_changes"
    " changes/test_registrations",
    "addresses.queries.addresses": "addresses/test_seat_addresses changes/test_access_changes",
    "addresses.queries.notices": "changes/test_boundaries changes/test_registrations",
    "addresses.queries.registrations": "changes/test_registrations",
    "addresses.queries.changes": "changes/test_boundaries changes/test_access_changes",
    "ballots.joining": "ballots/test_joining",
    "ballots.objection_time": "ballots/test_objection_time",
    "ballots.queries.archive": "ballots/test_rows_of_votes checks/test_archive voting/test_abstaining"
    " objections/test_objections"
    " checks/test_pages",
    "ballots.queries.ballots": "voting/test_voting voting/test_round_trips voting/test_vote"
    " voting/test_assisted",
    "ballots.queries.counting": "ballots/test_counting results/test_results objections/test_objections",
    "ballots.queries.exclusions": "ballots/test_rows_of_votes objections/test_objections",
    "ballots.receipts": "ballots/test_receipts results/test_results",
    "changes.registrations": "changes/test_registrations changes/test_withdrawal checks/test_registered",
    "changes.service": "changes/test_boundaries changes/test_access_changes addresses/test_seat_addresses"
    " lifecycle/test_reopening changes/test_withdrawal",
    "door.purposes": "door/test_purposes",
    "door.queries": "ballots/test_rows_of_votes door/test_purposes",
    "door.service": "door/test_purposes voting/test_voting links/test_links",
    "letters.again": "letters/test_mail_again",
    "letters.mass_mail": "letters/test_whom_acts_write_to letters/test_mass_mail lifecycle/test_closing"
    " lifecycle/test_reminders",
    "letters.plain": "admission/test_applying admission/test_deciding focal_points/test_focal_points",
    "letters.service": "letters/test_letters letters/test_mail_kinds mailer/test_worker",
    "lifecycle.closing": "lifecycle/test_closing lifecycle/test_reopening objections/test_objections"
    " objections/test_objections_pages",
    "lifecycle.extension": "lifecycle/test_extension",
    "lifecycle.foresight": "lifecycle/test_foresight",
    "lifecycle.opening": "lifecycle/test_opening lifecycle/test_foresight rounds/test_secrecy"
    " lifecycle/test_planning",
    "lifecycle.roll_changes": "lifecycle/test_roll_attacks",
    "lifecycle.planning": "lifecycle/test_planning lifecycle/test_open_plan",
    "lifecycle.reopening": "lifecycle/test_reopening",
    "lifecycle.reminders": "lifecycle/test_reminders",
    "links.service": "links/test_links",
    "mailer.bounces": "mailer/test_bounces",
    "mailer.kinds": "letters/test_mail_kinds letters/test_plain_texts mail_desk/test_mail",
    "mailer.outbox": "mailer/test_boundaries mailer/test_worker mailer/test_tokens",
    "mailer.news": "proposals/test_nomination_news",
    "mailer.queries.outbox": "mailer/test_boundaries notices/test_notices mailer/test_worker",
    "mailer.readers": "letters/test_whom_acts_write_to notices/test_notices",
    "mailer.transport": "mailer/test_transport",
    "mailer.trial": "mailer/test_trial",
    "notices.service": "notices/test_notices addresses/test_seat_addresses changes/test_access_changes"
    " objections/test_objections",
    "objections.service": "objections/test_objections",
    "panel.endorsed": "panel/test_panel_told",
    "panel.archived": "checks/test_published_panel",
    "panel.balance": "panel/test_panel_balance",
    "panel.documents": "panel/test_panel_documents",
    "panel.names": "panel/test_naming panel/test_public_panel",
    "panel.public": "panel/test_public_panel",
    "panel.votes": "panel/test_panel_documents your_vote/test_your_vote",
    "reasons.blocks": "reasons/test_blocks",
    "reasons.parting": "reasons/test_parting reasons/test_reasons",
    "reasons.personal": "reasons/test_personal",
    "reasons.service": "reasons/test_reasons",
    "results.archive": "results/test_results_by_hand checks/test_archive results/test_results",
    "results.order_effect": "checks/test_order results/test_small_cells",
    "results.public_figures": "results/test_public_figures results/test_small_cells",
    "results.receipt_list": "results/test_results_by_hand checks/test_pages"
    " objections/test_objections voting/test_abstaining",
    "results.service": "results/test_results_by_hand results/test_results",
    "results.tallying": "results/test_results_by_hand results/test_results",
    "rounds.inclusion": "rounds/test_bound_by_hand witnesses/test_receipts",
    "rounds.binding": "rounds/test_bound_by_hand checks/test_bound checks/test_cast_rows checks/test_archive",
    "rounds.electorate": "rounds/test_electorate results/test_small_cells",
    "rounds.ending": "lifecycle/test_ending rounds/test_public lifecycle/test_extension"
    " lifecycle/test_reopening",
    "rounds.frozen": "rounds/test_frozen voting/test_late_nominees lifecycle/test_opening rounds/test_secrecy"
    " results/test_joined_pages ballots/test_joining checks/test_bound",
    "rounds.heads": "rounds/test_heads checks/test_archive checks/test_pages letters/test_letters"
    " monitoring/test_figures"
    " voting/test_round_trips",
    "rounds.public": "rounds/test_public rounds/test_secrecy",
    "rounds.public_value": "rounds/test_public_value",
    "rounds.registered": "rounds/test_bound_by_hand checks/test_registered checks/test_withdrawn"
    " changes/test_registrations",
    "rounds.replaced": "panel/test_replaced sessions/test_replaced_figures",
    "rounds.roll": "rounds/test_roll",
    "rounds.secrecy": "rounds/test_secrecy voting/test_abstaining",
    "staff.acts": "staff/test_acts",
    "staff.makers": "staff/test_makers staff/test_acts",
    "staff.service": "staff/test_accounts",
    "voting.assisted": "voting/test_assisted",
    "voting.calls": "voting/test_calls",
    "voting.casting": "voting/test_voting voting/test_late_nominees voting/test_assisted"
    " voting/test_abstaining voting/test_fresh changes/test_withdrawal",
    "voting.lacking": "voting/test_lacking",
    "voting.marking": "voting/test_marking",
    "voting.participation": "voting/test_participation voting/test_curve",
    "voting.seats": "voting/test_seats",
    "voting.service": "voting/test_voting voting/test_vote voting/test_abstaining voting/test_take_away",
    "checks.kept_heads": "checks/test_seals_by_hand",
    "checks.scrutineers": "checks/test_scrutineers_by_hand checks/test_scrutineers",
    "checks.seals": "checks/test_seals_by_hand checks/test_seals door/test_purposes witnesses/test_telling",
    "checks.service": "checks/test_checks checks/test_each_fault checks/test_cast_rows checks/test_excluded"
    " checks/test_counts_by_hand changes/test_registrations lifecycle/test_reopening voting/test_abstaining",
    "checks.whose": "checks/test_whose",
    "open_data.everything": "open_data/test_rows_by_hand open_data/test_files",
    "open_data.of_follow_up": "open_data/test_rows_by_hand open_data/test_packages",
    "open_data.of_rounds": "open_data/test_rows_by_hand open_data/test_packages open_data/test_preflib",
    "open_data.of_sessions": "open_data/test_rows_by_hand open_data/test_packages",
    "open_data.packing": "open_data/test_packages_by_hand open_data/test_packages open_data/test_files",
    "open_data.preflib": "open_data/test_preflib",
    "open_data.service": "open_data/test_packages_by_hand open_data/test_packages open_data/test_files"
    " open_data/test_worker",
    "open_data.tables": "open_data/test_packages open_data/test_preflib",
    "retention.people": "retention/test_people retention/test_whole_erasures",
    "retention.queries": "retention/test_queries_by_hand",
    "retention.queries.people": "retention/test_people_by_hand retention/test_people"
    " retention/test_whole_erasures",
    "retention.service": "retention/test_by_hand retention/test_periods",
    "worker.backup": "backups/test_worker",
    "worker.effects": "worker/test_effects",
    "worker.erasing": "worker/test_erasing retention/test_people retention/test_whole_erasures",
    "worker.heads": "worker/test_heads checks/test_seals witnesses/test_desk witnesses/test_telling",
    "worker.jobs": "worker/test_jobs lifecycle/test_planning rounds/test_two_clocks admission/test_applying",
    "worker.mail": "worker/test_mail mailer/test_worker",
    "worker.running": "worker/test_running worker/test_jobs",
    "your_vote.panels": "your_vote/test_telling_by_hand your_vote/test_panel_attack",
    "your_vote.queries": "your_vote/test_your_vote",
    "your_vote.service": "your_vote/test_telling_by_hand your_vote/test_your_vote",
    "your_vote.telling": "your_vote/test_telling_by_hand your_vote/test_attack",
}

_ASKING = "tests/site/test_asking.py::test_a_use_case_asks_before_it_looks_at_anything"
_ASKS = {
    line.split()[0].rpartition(".")[0]
    for line in (ROOT / "tests" / "site" / "asks.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
}

TESTS = {
    module: (
        *(f"tests/{name}.py" for name in names.split()),
        *([f"{_ASKING}[{module}]"] if module in _ASKS else []),
    )
    for module, names in _NEAREST.items()
}
"""The modules that are broken, and of each the tests that are nearest to it."""

NOT_YET_RUN: frozenset[str] = frozenset(
    {
        "core.counting.files",
        "core.counting.repetitions",
        "core.panel.endorsed",
        "core.panel.reserves",
        "panel.endorsed",
        "lifecycle.roll_changes",
        "staff.makers",
        "voting.lacking",
        "voting.marking",
        "worker.erasing",
        "worker.mail",
    }
)
"""New ones of them, of which `docs/mutants.md` has no row yet: `make mutants ONLY=…` was not run."""

_READS = "rows out of the database: the tests of the use case that asks hold them"
_SHOWS = "what the secretariat reads or sets before the first vote; nothing is published or sent by it"

_ARCHIVES = "checks of archives, tried by the forgeries of tests/checks"

LEFT_OUT = {
    "core.problems": "an error with a code and facts, and no rule",
    "letters.texts": "texts of mails as the secretariat writes them; whom they reach is in letters.service",
    "lifecycle.copying": _SHOWS,
    "lifecycle.overview": _SHOWS,
    "lifecycle.queries": _READS,
    "mailer.queries.mail": _READS,
    "open_data.queries": _READS,
    "open_data.schemas": "tables and columns, and no rule: each row of a package is held against them",
    "open_data.words": "what columns mean, and words of a card",
    "panel.candidates": _SHOWS,
    "panel.governments": _SHOWS,
    "panel.holds": _SHOWS,
    "panel.memory": _SHOWS,
    "panel.presets": _SHOWS,
    "panel.queries.memory": _READS,
    "panel.queries.presets": _READS,
    "panel.reading": "a stored document as values for pages",
    "panel.service": _SHOWS,
    "panel.trials": _SHOWS,
    "reasons.queries": _READS,
    "results.firmness": "words of a verdict, out of a stored document",
    "results.kept": "a stored document as values, read by those who ask",
    "results.page": "a page out of stored documents",
    "results.reading": "a stored document as values for pages",
    "results.verifier": "a file put together; its code is tried in tests/browser/test_verifier.py",
    "results.summaries": "a stored document, made smaller for pages",
    **{
        f"results.verifying.{name}": _ARCHIVES
        for name in (
            *("acts", "bound", "box", "bundle", "checking", "excluded", "files", "late", "log", "receipts"),
            *("recount", "seated", "signatures", "stamps", "votes"),
        )
    },
    "rounds.acts": "details of the rows of the log as values: those who ask hold them",
    "retention.kinds": "which query and which erasure a kind has, and no rule",
    "retention.table": "a table in words of what each column is for, held against the database by its tests",
    "rounds.clock": "a date as a page shows it",
    "rounds.history": "what the log says of a round, for pages",
    "rounds.proposing": _SHOWS,
    "rounds.queries.electorate": _READS,
    "rounds.queries.public": _READS,
    "rounds.queries.registered": _READS,
    "rounds.queries.replaced": _READS,
    "rounds.queries.rounds": _READS,
    "rounds.queries.scrutineers": _READS,
    "rounds.roll_page": "the roll as pages show it; what of it is public is in rounds.roll",
    "rounds.service": _SHOWS,
    "rounds.themes": _SHOWS,
    "staff.queries": _READS,
    "voting.paper": "a ballot to print",
    "voting.preview": "a ballot that cannot be sent",
    "voting.queries": _READS,
    "worker.documents": "which document is made next; that mail does not wait for it is in worker.mail",
    "worker.loop": "an order and a rest; what is done is in the other modules of the worker",
    "worker.packages": "which package is made next; what it holds is in open_data",
    "worker.practice": "a practice is no round of the installation",
}
"""Modules of these folders that are not broken, each with the reason."""


def path_of(module: str) -> Path:
    """Return the file of a module, by its short name."""
    found = ROOT / "consulta" / module.replace(".", "/")
    return found / PACKAGE if found.is_dir() else found.with_name(f"{found.name}.py")


def modules() -> set[str]:
    """Return every module that is to be in one of the two lists."""
    found = set()
    for folder in FOLDERS:
        for path in (ROOT / "consulta" / folder).rglob("*.py"):
            parts = path.relative_to(ROOT / "consulta").parts
            if path.name == PACKAGE:
                if "\ndef " not in path.read_text("utf-8"):
                    continue
                parts = parts[:-1]
            if not set(parts) & set(NOT_GUARDED) or parts[:2] == ("core", "values.py"):
                found.add(".".join(parts).removesuffix(".py"))
    return found
