"""What is read of addresses and of changes that wait."""
