"""The rules of a round: values in, values out, and nothing else known of the world."""
