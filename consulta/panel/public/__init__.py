"""Pages of the wing panel for members, guests and strangers."""
