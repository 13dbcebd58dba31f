"""The only rooms that know kopf: they pass on what it sees, and decide nothing."""
