"""Pages of the wing people for the secretariat."""
