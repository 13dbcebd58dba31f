"""The program of the init container: puts verified artifacts where the runtime reads them."""
