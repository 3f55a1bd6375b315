"""A member's vote from the link to the receipt, whoever enters it; and who has voted."""
