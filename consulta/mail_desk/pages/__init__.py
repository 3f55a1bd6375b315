"""What its people see."""
