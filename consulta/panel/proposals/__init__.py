"""What members propose for the panel of a round."""
