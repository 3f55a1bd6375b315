"""The vote of a member from link to receipt, entered by the member or by staff; and who has voted."""
