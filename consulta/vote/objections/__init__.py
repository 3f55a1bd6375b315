"""Objections to how an organisation appears after the closing, and their decisions."""
