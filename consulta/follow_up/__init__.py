"""What became of what sessions recommended: rows of factsheets, who answers for them, and their reports."""
