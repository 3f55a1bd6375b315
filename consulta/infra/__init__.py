"""What every feature stands on: the unit of work, access, settings, the log, the database."""
