"""Version 2 of the rules of counting (section 9); what it shares with version 1 is in the folder above."""
