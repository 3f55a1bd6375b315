"""What every page stands on: the request, forms, the reader's language, charts, files."""
