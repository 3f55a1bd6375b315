"""Pages of proposed themes: of the member who comes by a link, and of the public."""
