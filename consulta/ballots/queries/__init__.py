"""Database queries about ballots."""
