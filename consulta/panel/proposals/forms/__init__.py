"""Proposals and nominees as forms."""
