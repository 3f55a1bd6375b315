"""Rounds and their themes: drafts, rules, what is frozen, what any reader can see of them."""
