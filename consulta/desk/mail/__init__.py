"""The secretariat's desk of mail."""
