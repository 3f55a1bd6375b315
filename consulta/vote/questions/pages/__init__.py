"""Pages of the questions of a round: for the desk, for members, for everybody."""
