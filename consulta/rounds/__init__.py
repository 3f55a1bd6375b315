"""Rounds, their themes and rules; who may vote, links, letters, stored ballots, witnesses."""
