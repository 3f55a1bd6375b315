"""Pages of the wing people for members, guests and strangers."""
