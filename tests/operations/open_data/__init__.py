"""Open data: packages, files, and attacks on them."""
