"""What may be published of small groups."""
