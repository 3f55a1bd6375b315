"""What all features stand on: the database, the lists, formats, the web and mail."""
