"""Ballots as they are stored: which count, which were taken out, what is read of them."""
