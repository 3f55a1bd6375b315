"""Whether the installation works, and figures of it, for people and programs that watch it."""
