"""How long our count takes beside the libraries that others use: `make bench`. See docs/bench.md."""
