"""The panel: its rules, its choice, what people change of it, and who was heard before."""
