"""The order in which a cluster starts: what a test needs first comes first."""

from concurrent.futures import ThreadPoolExecutor

from devcluster import progress
from devcluster.node import control_plane, machine, preparation, worker
from devcluster.node.layout import Layout

__all__ = ["add_node", "start_control_plane"]


def start_control_plane(layout: Layout) -> None:
    """Start an API server, building it where the cache has none."""
    preparation.prepare_control_plane(layout.cache)
    control_plane.start_core(layout)


def add_node(layout: Layout) -> None:
    """Start everything that runs pods; return when it does."""
    with ThreadPoolExecutor(max_workers=1) as background:
        prepared = background.submit(preparation.prepare_node, layout.cache)
        control_plane.wait_ready(layout)
        prepared.result()
    machine.remember(layout)
    with progress.step("starting the node", expected_s=5):
        control_plane.start_controllers(layout)
        worker.start_containerd(layout)
        worker.start_agents(layout)
    worker.apply_dns(layout)
