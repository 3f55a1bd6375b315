"""The steps of a round as the secretariat takes them."""
