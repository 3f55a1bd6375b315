"""Rows: the engine, the mapped classes and the queries. It knows no rule and no request."""
