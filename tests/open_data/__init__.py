"""Open data: packages, files, interface, and attacks on them."""
