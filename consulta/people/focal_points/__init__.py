"""Focal points by territory: named by members, confirmed by the secretariat, accepted by the person."""
