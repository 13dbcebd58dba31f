"""The command line: ``modelspec``."""
