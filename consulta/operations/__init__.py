"""Running an installation: backups, monitoring, retention, practice and open data."""
