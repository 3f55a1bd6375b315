"""A practice made, entered, lived through and deleted from the desk."""
