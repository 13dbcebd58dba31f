"""What ``modelspec snapshot`` does when it runs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modelspec.names import MANIFEST_KEY, short_hash
from modelspec.snapshot.difference import part_digests
from modelspec.snapshot.identity import Snapshot, take_snapshot
from modelspec_cli import render
from modelspec_cli.commands.errors import OptionError
from modelspec_cli.commands.models import print_found, read_models
from modelspec_cli.formats import Format

EXIT_FINDINGS = 1

_DIRECTORY = "--output-directory"


def run(file: str, directory: Path | None, output: Format) -> int:
    """Print the snapshot of each ModelSpec of a file, and return the exit code.

    Raises:
        OptionError: The folder cannot take the files.
        SourceError: The file cannot be read.
    """
    reading = read_models(file)
    if not reading.is_valid:
        print_found(reading.errors, to_error=output is not Format.TEXT)
        return EXIT_FINDINGS
    taken = [(model.name, take_snapshot(model.spec)) for model in reading.models if model.spec]
    if directory:
        _write(directory, taken)
    if output is Format.TEXT:
        _print_text(taken)
    else:
        render.print_document([_record(name, snapshot) for name, snapshot in taken], output)
    return 0


def _write(directory: Path, taken: Sequence[tuple[str, Snapshot]]) -> None:
    """Write the documents of the only snapshot.

    Raises:
        OptionError: There are several, or the folder has or gets something else.
    """
    if len(taken) > 1:
        raise OptionError("takes one snapshot; give a file with one ModelSpec", _DIRECTORY)
    ((_, snapshot),) = taken
    contents = {key: text.encode() for key, text in snapshot.documents.items()}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path in sorted(directory.iterdir()):
            if not path.is_file() or path.read_bytes() != contents.get(path.name):
                message = f"{path} is not of this snapshot; give an empty folder"
                raise OptionError(message, _DIRECTORY)
        for name, content in contents.items():
            (directory / name).write_bytes(content)
    except OSError as error:
        raise OptionError(f"{error.filename}: {error.strerror}", _DIRECTORY) from None


def _print_text(taken: Sequence[tuple[str, Snapshot]]) -> None:
    for position, (name, snapshot) in enumerate(taken):
        if position:
            render.print_line()
        facts = [("model", name), ("digest", snapshot.digest), ("hash", snapshot.hash)]
        render.print_facts(facts)
        digests = part_digests(snapshot)
        rows = [
            (key, short_hash(digest), str(len(snapshot.documents[key].encode())))
            for key, digest in digests.items()
        ]
        render.print_table(("part", "digest", "bytes"), rows, (False, False, True), len(rows))


def _record(name: str, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "model": name,
        "digest": snapshot.digest,
        "hash": snapshot.hash,
        "manifest": json.loads(snapshot.documents[MANIFEST_KEY]),
        "documents": dict(snapshot.documents),
    }
