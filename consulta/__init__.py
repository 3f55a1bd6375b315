"""A weighted consultation of many organisations, from the members' list to the panel's invitation list."""

__version__ = "1.0.0"
