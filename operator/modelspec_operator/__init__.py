"""The operator: it reads ModelSpecs and makes the cluster serve exactly what they say.

One pass over one ModelSpec is *observe → plan → apply → report*. ``core`` and ``children`` decide
and know no cluster; ``cluster`` alone talks to the API server; ``handlers`` alone knows kopf.
"""
