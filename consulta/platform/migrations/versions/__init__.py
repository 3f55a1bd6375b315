"""The schema, and from the first release on one file for each change of it."""
