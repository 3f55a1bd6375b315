"""Pages of the synthesis, at the desk and for everybody."""
