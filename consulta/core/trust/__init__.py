"""Records and draws that can be checked later: digests, receipts, chance, order."""
