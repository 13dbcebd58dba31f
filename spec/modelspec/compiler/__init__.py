"""The executors: one program for single rows, one for columns, with one meaning."""
