"""What is valid, but not executed by the serving runtime of this version."""

from collections.abc import Iterator

from modelspec.errors import Code, Finding
from modelspec.schema.spec import ModelSpecSpec


def not_executed(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS120: what the operator refuses, because no pod of this version would execute it."""
    if spec.verification:
        yield _finding("spec.verification", "verification")


def _finding(path: str, what: str) -> Finding:
    message = f"{what} is valid, but not executed by this version of the serving runtime"
    return Finding(Code.MS120, path, f"{message}; the operator refuses it")
