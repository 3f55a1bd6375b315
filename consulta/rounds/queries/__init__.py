"""What is read of rounds."""
