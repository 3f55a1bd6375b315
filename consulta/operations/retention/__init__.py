"""How long data are kept: what each column is for, what the worker erases, the data of one person."""
