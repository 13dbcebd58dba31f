"""What a change from one specification to another means, for people in a notebook."""

from pathlib import Path

from modelspec.notebook.changes import Changes
from modelspec.notebook.spec import Spec


def diff(before: "Spec | str | Path", after: "Spec | str | Path") -> Changes:
    """Return what a change means: what differs, in which part, and who would notice.

    Args:
        before: A specification, or the folder or file of one.
        after: Likewise.

    Raises:
        SpecError: One of them is not valid.
    """
    new = after if isinstance(after, Spec) else Spec.load(after)
    return new.diff(before)
