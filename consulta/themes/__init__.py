"""Themes that members propose, and their review by the secretariat."""
