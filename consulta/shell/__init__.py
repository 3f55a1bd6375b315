"""What puts the program together: the site, the worker and the commands."""
