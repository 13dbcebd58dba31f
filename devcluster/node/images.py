"""Loading images into the node's containerd."""

import tempfile
from pathlib import Path

from devcluster import progress
from devcluster.images import find_engine, full_reference, save
from devcluster.node.containerd import has_image, import_archive
from devcluster.node.layout import Layout

__all__ = ["load_image"]


def load_image(layout: Layout, image: str) -> None:
    """Load *image*: the path of an archive, or a name that our image engine knows."""
    if Path(image).is_file():
        import_archive(layout, Path(image))
        return
    # A tag follows its content, so the name alone says whether it is there.
    if has_image(layout, full_reference(image)):
        return
    with tempfile.TemporaryDirectory() as directory, progress.step(f"loading {image}"):
        archive = Path(directory) / "image.tar"
        save(find_engine(), image, archive)
        import_archive(layout, archive)
