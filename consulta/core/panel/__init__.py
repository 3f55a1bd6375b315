"""The choice of a panel under its rules, and the proof that it is the best."""
