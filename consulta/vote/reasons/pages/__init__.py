"""Pages on which reasons are written."""
