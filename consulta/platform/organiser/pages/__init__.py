"""Pages of the organiser: its profile at the desk, its notices, and its name on every page."""
