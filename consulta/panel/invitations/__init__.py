"""The invitations to the panel: asked, answered, replaced."""
