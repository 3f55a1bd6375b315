"""What is read of panels and of who was invited."""
