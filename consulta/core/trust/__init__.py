"""What is written and drawn so that it can be checked later: digests, receipts, chance, order."""
