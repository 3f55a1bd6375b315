"""Database queries about panels and about invitations to them."""
