"""A member's way from the personal link to the receipt."""
