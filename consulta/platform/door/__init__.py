"""The one door: links by mail, each for one purpose, and the sessions that they open."""
