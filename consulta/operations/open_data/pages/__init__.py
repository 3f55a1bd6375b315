"""Pages, files and the interface of open data."""
