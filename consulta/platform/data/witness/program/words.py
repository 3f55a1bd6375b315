"""What is said, one table a language: the first where the machine asks for none of them."""

# Empty here: `words.toml` and the catalogues fill them when `testigo.py` is put together.
TEXTS = {}  # language → name → sentence
