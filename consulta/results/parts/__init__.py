"""A round in parts on disk, and who counts it: this process, several, or a cluster."""
