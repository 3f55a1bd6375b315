"""Personal links and links that answer one question: made, given out, withdrawn."""
