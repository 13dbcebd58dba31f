"""What of a snapshot this runtime executes: all but what proves it."""

from modelspec.errors import Code, fail
from modelspec.snapshot.reader import Contents


def check_executed(contents: Contents) -> None:
    """Refuse a snapshot of which a part would be left out, or that decides nothing.

    Raises:
        ModelSpecError: ``MS120``, the snapshot asks for more than this runtime does; ``MS529``,
            parts that need each other are not there.
    """
    if contents.verification is not None:
        raise fail(Code.MS120, "snapshot[verification.json]", "is not executed by this runtime")
    models = contents.models.models if contents.models else ()
    if not models and (contents.postprocessing is None or not contents.postprocessing.outputs):
        raise fail(Code.MS529, "snapshot", "holds neither models nor outputs of postprocessing")
    if contents.pipeline is None and (len(models) > 1 or (models and contents.postprocessing)):
        raise fail(Code.MS529, "snapshot[pipeline.json]", "is missing; nothing says which decides")
