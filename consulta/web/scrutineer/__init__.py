"""What the scrutineers of a round see and take with them."""
