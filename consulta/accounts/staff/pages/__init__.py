"""Pages of accounts: how one begins, one's own, and those of all staff."""
