"""Organisations, their contacts and focal points: joining, changing and their data."""
