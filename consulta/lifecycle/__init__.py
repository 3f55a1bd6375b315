"""What the secretariat does with a round: planned, opened, extended, closed, counted, published."""
