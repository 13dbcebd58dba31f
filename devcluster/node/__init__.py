"""A single-node Kubernetes without containers around it: built here, run here, as root."""
