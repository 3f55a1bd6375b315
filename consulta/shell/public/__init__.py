"""Pages of several wings for members, guests and strangers."""
