"""The log: its chain of rows, its heads and signed checkpoints, and the seals that it holds of other rows."""
