"""What everything stands on: database, settings, the log, web, files, mail, links."""
