"""What the secretariat does with a round, step by step, and its desk of mail."""
