"""Every endpoint and the action it serves. An endpoint that is not here answers 403 and fails the tests."""

ROUTES: dict[str, str] = {
    "front.start": "published.read",
    "front.asset": "published.read",
    "front.health_check": "published.read",
    "account.sign_in": "account.sign_in",
    "account.sign_out": "account.sign_in",
    "account.confirm": "rounds.read",
    "public.home": "published.read",
    "public.round_page": "published.read",
    "public.result": "published.read",
    "public.panel": "published.read",
    "secretariat.start": "rounds.read",
    "secretariat.create_round": "rounds.write",
    "secretariat.round_page": "rounds.read",
    "secretariat.edit_round": "rounds.write",
    "secretariat.round_log": "log.read",
    "secretariat.themes": "rounds.read",
    "secretariat.create_theme": "rounds.write",
    "secretariat.edit_theme": "rounds.write",
    "secretariat.move_theme": "rounds.write",
    "secretariat.delete_theme": "rounds.write",
    "secretariat.add_proposed_themes": "rounds.write",
    "secretariat.nominees": "rounds.read",
    "secretariat.create_nominee": "nominees.write",
    "secretariat.edit_nominee": "nominees.write",
    "secretariat.delete_nominee": "nominees.write",
    "secretariat.import_nominees": "nominees.write",
    "secretariat.nominees_template": "rounds.read",
    "secretariat.opening": "rounds.open",
    "secretariat.links": "links.issue",
    "secretariat.link": "links.issue",
    "secretariat.participation": "participation.read",
    "secretariat.participation_file": "participation.read",
    "secretariat.closing": "rounds.close",
    "secretariat.cancelling": "rounds.close",
    "secretariat.result": "result.read",
    "secretariat.publish": "rounds.publish",
    "secretariat.bundle": "result.read",
    "secretariat.panel": "panel.read",
    "secretariat.panel_publish": "rounds.publish",
    "secretariat.invitations_file": "invitations.export",
    "secretariat.members": "members.read",
    "public.method": "published.read",
    "vote.link": "ballot.open_link",
    "vote.ballot": "ballot.read_own",
    "vote.review": "ballot.cast",
    "vote.cast": "ballot.cast",
    "vote.receipt": "ballot.read_own",
}

# Endpoints that ask for the password again when it was given more than ten minutes ago.
CONFIRMED: frozenset[str] = frozenset(
    {
        "secretariat.opening",
        "secretariat.closing",
        "secretariat.cancelling",
        "secretariat.links",
        "secretariat.link",
        "secretariat.publish",
        "secretariat.bundle",
        "secretariat.invitations_file",
        "secretariat.panel_publish",
    }
)

# The personal link's page is the same for every token and sets no cookie: its secret is in the address.
WITHOUT_SESSION: frozenset[str] = frozenset({"vote.link", "front.asset", "front.health_check"})
