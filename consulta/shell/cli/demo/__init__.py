"""The command `demo` and what fills its installation: one file a feature, put together in `filling`."""
