"""The rules: count, weights, firmness, panel, what may be published. Values in, values out."""
