"""Pages of the wing vote for members, guests and strangers."""
