"""Pages of the wing operations for members, guests and strangers."""
