"""Version 2 of the rules of counting (section 9), beside the first: what both share stands in the folder above."""
