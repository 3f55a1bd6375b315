"""Backups of the database: taken while it runs, kept by a schedule, restored and proved."""
