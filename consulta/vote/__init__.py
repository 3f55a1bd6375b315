"""The ballot: how a vote is cast, entered by staff, changed, explained and objected to."""
