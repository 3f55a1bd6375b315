"""What the organisations said: reasons read, coded, and told in sentences that name their sources."""
