"""Files of YAML or JSON, read within bounds as Kubernetes clients read them, and written."""
