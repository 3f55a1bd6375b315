"""From closed ballots to a published result, its figures, its archive."""
