"""What a session agreed: who sees to it, by when, and whether it is done."""
