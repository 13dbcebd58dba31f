"""Snapshots: the immutable, content-addressed form of a specification."""
