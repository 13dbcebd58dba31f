"""Starting the cluster's own programs where they belong."""

from collections.abc import Sequence

from devcluster.node import namespace, processes
from devcluster.node.layout import Layout
from devcluster.node.programs import program_path

__all__ = ["start_program"]


def start_program(layout: Layout, name: str, flags: Sequence[str]) -> None:
    """Start one of the built programs inside the cluster's network namespace."""
    processes.start(
        name,
        [str(program_path(layout.cache, name)), *flags],
        records=layout.records,
        log=layout.logs / f"{name}.log",
        prefix=namespace.enter(layout, []),
    )
