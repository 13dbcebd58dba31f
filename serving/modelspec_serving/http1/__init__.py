"""HTTP/1.1 on the inference port: bytes of a connection to requests, answers to bytes."""
