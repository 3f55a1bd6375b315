"""Pages of the wing sessions for members, guests and strangers."""
