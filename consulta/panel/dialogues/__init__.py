"""The session for which a round chooses: its hours, its place, its topics."""
