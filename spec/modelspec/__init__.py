"""The ModelSpec library: what a specification is, what identifies it, how it is checked.

Pure: nothing here reads a file, a clock, the environment or the network.
"""

__version__ = "0.1.0"
