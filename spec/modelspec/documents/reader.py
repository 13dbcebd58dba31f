"""Reading a file: YAML with any number of documents, or JSON.

Nobody vouches for a file, and one that is hostile must cost no more than one that is large. What
bounds it stands beside what it bounds: here the bytes, in ``composer`` and ``levels`` the rest.
"""

import json
import re
from itertools import islice

from yaml.cyaml import CSafeLoader
from yaml.error import YAMLError

from modelspec.documents.complaints import DocumentError, RefusalError, rephrase
from modelspec.documents.composer import Composer
from modelspec.documents.document import Document
from modelspec.documents.json_text import adapt, differs_from_yaml
from modelspec.documents.positions import Position, Source

MAX_BYTES = 16 * 2**20

MAX_DIRECTIVES = 64
"""``%TAG`` lines; the library compares each with all others."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_OTHER_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_DIRECTIVE = re.compile(rb"[\n\r\x85\xa8\xa9]%TAG")


def read_documents(content: bytes) -> tuple[Document, ...]:
    """Return the documents of a file of YAML or JSON; empty ones are left out.

    Raises:
        DocumentError: It cannot be read, or is too large.
    """
    content, text = _decode(content)
    source = Source(text)
    _refuse_directives(content, source)
    documents = _read_json(text) if differs_from_yaml(text) else None
    return _read(content, source) if documents is None else documents


def _read(content: bytes, source: Source) -> tuple[Document, ...]:
    parser = CSafeLoader(content)
    composer = Composer(source)
    steps, next_event = composer.steps, parser.get_event
    try:
        while (event := next_event()) is not None:
            steps[type(event)](event)
    except YAMLError as error:
        raise rephrase(error, source) from None
    except RefusalError as refusal:
        raise refusal.located(source) from None
    finally:
        parser.dispose()
    return tuple(composer.documents)


def _read_json(text: str) -> tuple[Document, ...] | None:
    """Return the document of a text that turns out to be JSON, or nothing."""
    source = adapt(text)
    documents = _read(source.text.encode(), source)
    try:
        json.loads(text)  # What this costs is bounded by now.
    except ValueError:
        return None
    return documents


def _decode(content: bytes) -> tuple[bytes, str]:
    if len(content) > MAX_BYTES:
        limit = MAX_BYTES // 2**20
        raise DocumentError(f"the file is larger than {limit} MiB; split it", None)
    if content.startswith(_OTHER_BYTE_ORDER_MARKS):
        raise DocumentError("the file must be UTF-8; save it in that encoding", Position(1, 1))
    content = content.removeprefix(_BYTE_ORDER_MARK)
    try:
        return content, content.decode()
    except UnicodeDecodeError as error:
        before = Source(content[: error.start].decode())
        raise DocumentError(
            f"the byte {content[error.start]:#04x} is not UTF-8; save the file in that encoding",
            before.position(len(before.text)),
        ) from None


def _refuse_directives(content: bytes, source: Source) -> None:
    if content.count(b"%TAG") <= MAX_DIRECTIVES:
        return
    first = next(islice(_DIRECTIVE.finditer(content), MAX_DIRECTIVES - 1, None), None)
    if first is not None:
        index = len(content[: first.end()].decode()) - len("%TAG")
        raise RefusalError(
            index, f"the file has more than {MAX_DIRECTIVES} '%TAG' lines; remove them"
        ).located(source)
