"""Pages of the wing operations for the secretariat."""
