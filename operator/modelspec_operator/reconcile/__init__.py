"""One pass over one ModelSpec, and the queue that decides when it is due."""
