"""Sessions: attendance, factsheet, minutes, evaluation, and the follow-up of recommendations."""
