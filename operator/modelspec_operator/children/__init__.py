"""Builders of the objects that the operator owns: plain dicts, shaped like their YAML."""
