"""The stores that artifacts can be in: each opens one as a stream of chunks."""
