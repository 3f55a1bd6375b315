"""Pages of the wing results for members, guests and strangers."""
