"""The pages of the desk about what is kept, what was erased, and the data of one person."""
