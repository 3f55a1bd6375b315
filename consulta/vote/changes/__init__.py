"""Changes of who may vote while a round is open: asked, told, objected to, done."""
