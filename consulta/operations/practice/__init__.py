"""A round for practice: an installation of its own beside the real one, made and deleted from the desk."""
