"""Every endpoint and the action it serves. An endpoint that is not here answers 403 and fails the tests."""

ROUTES: dict[str, str] = {
    "static": "published.read",
    "front.start": "published.read",
    "front.asset": "published.read",
    "front.health_check": "published.read",
    "account.sign_in": "account.sign_in",
    "account.sign_out": "account.sign_in",
    "account.confirm": "rounds.read",
    "public.home": "published.read",
    "secretariat.start": "rounds.read",
    "secretariat.members": "members.read",
    "public.method": "published.read",
}

# Endpoints that ask for the password again when it was given more than ten minutes ago.
CONFIRMED: frozenset[str] = frozenset()

# The personal link's page is the same for every token and sets no cookie: its secret is in the address.
WITHOUT_SESSION: frozenset[str] = frozenset({"vote.link", "front.asset", "front.health_check"})
