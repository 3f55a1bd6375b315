"""Admission to the Mechanism: an organisation applies, members sponsor it, the secretariat decides."""
