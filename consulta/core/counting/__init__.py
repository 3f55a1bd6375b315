"""The count: from the bundle to the result, values in, values out."""
