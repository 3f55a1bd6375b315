"""Database queries about addresses, and about changes of access that wait."""
