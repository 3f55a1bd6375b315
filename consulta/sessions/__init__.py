"""Who took part in a session, and its factsheet."""
