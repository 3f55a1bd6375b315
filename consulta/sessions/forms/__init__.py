"""Attendance and factsheets as forms."""
