"""Checks of whether the stored data are consistent, and the pages of scrutineers."""
