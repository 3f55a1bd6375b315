"""Who is who: staff, their passwords, and the sessions of staff and voters."""
