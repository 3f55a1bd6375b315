"""Mail as rows that wait, and how it leaves."""
