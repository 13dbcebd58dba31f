"""The pins of the conformance corpus: for every function the digest of what is recorded for it.

Only new functions are added here. Whoever changes or removes a pin says that a published function
has another meaning, and does so by hand.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = "tests/conformance/msx.lock"

NOTICE = """\
# What each function of the language means, as the digest of its rows in tests/conformance/msx.
# `make generate` adds functions that are new, and changes nothing: a published function never
# changes its meaning.
"""


def render_pins() -> str:
    """Return the text of the file: what is pinned, with what is new."""
    pins = {**_digests(), **read_pins()}
    return NOTICE + "".join(f"{name} {digest}\n" for name, digest in sorted(pins.items()))


def changed_pins() -> list[str]:
    """Return the functions whose rows are not those that are pinned."""
    digests = _digests()
    return [name for name, digest in read_pins().items() if digests.get(name) != digest]


def read_pins() -> dict[str, str]:
    """Return the pinned digests by function."""
    path = ROOT / PINS
    lines = path.read_text().splitlines() if path.exists() else []
    return dict(line.split(" ") for line in lines if not line.startswith("# "))


def _digests() -> dict[str, str]:
    # The corpus belongs to the tests, and so does what reads it.
    sys.path.insert(0, str(ROOT / "tests"))
    from support.corpus import corpus_digests  # noqa: PLC0415

    return corpus_digests()
