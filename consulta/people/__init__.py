"""Organisations, their contacts and focal points: admission, changes, and the data they see."""
