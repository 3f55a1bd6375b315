"""One importer for every list: a file read, its columns understood, its rows shown, and then written."""
