"""Running an installation: backups, monitoring, retention, practice, open data."""
