"""The edge to the API server and nothing else: reads, writes, and foreign errors made ours."""
