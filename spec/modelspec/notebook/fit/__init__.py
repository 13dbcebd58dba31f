"""Analyzers: what a fit finds in training data, as parameters that expressions name."""
