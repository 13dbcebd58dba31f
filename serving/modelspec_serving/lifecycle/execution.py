"""Whether the parts of a snapshot decide anything together."""

from modelspec.errors import Code, fail
from modelspec.snapshot.reader import Contents


def check_complete(contents: Contents) -> None:
    """Refuse a snapshot that decides nothing.

    Raises:
        ModelSpecError: ``MS529``, parts that need each other are not there.
    """
    models = contents.models.models if contents.models else ()
    if not models and (contents.postprocessing is None or not contents.postprocessing.outputs):
        raise fail(Code.MS529, "snapshot", "holds neither models nor outputs of postprocessing")
    if contents.pipeline is None and (len(models) > 1 or (models and contents.postprocessing)):
        raise fail(Code.MS529, "snapshot[pipeline.json]", "is missing; nothing says which decides")
