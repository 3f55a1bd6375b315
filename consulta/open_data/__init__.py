"""Open data: what is published of rounds and sessions as data packages, and an interface to read them."""
