"""The pages on which the secretariat says who it is."""
