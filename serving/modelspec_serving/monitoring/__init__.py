"""What a pod counts: requests, stages, decisions, and how values are distributed."""
