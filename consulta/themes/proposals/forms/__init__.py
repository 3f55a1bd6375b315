"""Proposals of themes as forms."""
