"""Tables from files and files from tables: rows in, bytes out.

This package knows neither the database nor the web, and has no sentences: an error is a `Problem` with a
code.
"""
