"""The addresses that are told what happens to a seat's vote, and changes of them that wait."""
