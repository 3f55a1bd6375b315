"""The way of somebody who is invited to the panel, from the link to the answer."""
