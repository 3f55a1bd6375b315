"""Who is who: staff, their passwords, and sessions on the server."""
