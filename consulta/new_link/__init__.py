"""A new link for any address that may vote, asked for by anybody."""
