"""One use case, one function: who may, what happens, what the log says of it."""
