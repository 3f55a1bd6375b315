"""Requests for a new link, which any person can make for any address that may vote."""
