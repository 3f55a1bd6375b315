"""Database queries about messages."""
