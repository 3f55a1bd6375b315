"""Database queries about rounds."""
