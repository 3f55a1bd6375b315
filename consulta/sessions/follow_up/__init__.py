"""What became of what sessions recommended: who is asked by calls, who answers, and what changed."""
