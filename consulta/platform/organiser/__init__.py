"""The body that holds the consultations: its name, how to reach it, its notices."""
