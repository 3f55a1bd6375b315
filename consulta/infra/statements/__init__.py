"""Statements that are run without SQLAlchemy's mapper, and sent to PostgreSQL several at once."""
