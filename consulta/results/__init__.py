"""From closed ballots to a published result, its archive, its checks, and what each vote did."""
