"""Rounds and their themes: drafts, rules, what is frozen, what anybody may read of them."""
