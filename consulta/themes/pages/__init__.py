"""Pages of the wing themes for the secretariat."""
