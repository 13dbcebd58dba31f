"""HTTP: paths, methods, status codes and headers live here and nowhere else."""
