"""Rounds and themes as forms."""
