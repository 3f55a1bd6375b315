"""Heads of the log that others hold: checkpoints, the witnesses that cosign them, and time stamps."""
