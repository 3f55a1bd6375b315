"""What earlier releases left behind still works."""
