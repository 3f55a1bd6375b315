"""Ballots as they are stored: which of them count, which were taken out, and queries about them."""
