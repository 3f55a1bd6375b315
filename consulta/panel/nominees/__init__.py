"""The nominees of a round, and what the secretariat does with proposals."""
