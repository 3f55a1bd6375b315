"""Pages of the wing accounts for the secretariat."""
