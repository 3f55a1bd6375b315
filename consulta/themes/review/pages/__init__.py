"""Pages of the review of proposed themes, and of what goes on the ballot."""
