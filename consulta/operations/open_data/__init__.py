"""Open data: what is published of rounds and sessions, as data packages."""
