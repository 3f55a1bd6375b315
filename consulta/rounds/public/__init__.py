"""Pages of the wing rounds for members, guests and strangers."""
