"""The ballot: casting, assisting and changing a vote, and what is asked beside it."""
