"""Calls, links, reminders and digests by which recommendations are followed after a session."""
