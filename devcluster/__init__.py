"""A real local Kubernetes for development, tests and the demo.

Three providers stand behind one protocol (`devcluster.provider`): a cluster that you already
have (`current`), `kind` where Docker or Podman works, and `node`, which builds the programs of
Kubernetes from their Go modules and runs them in a network namespace of their own.
"""
