"""Canonical bytes and their digests: the same content always gives the same 64 hex digits."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import rfc8785

from modelspec.parts import IDENTITY, Part

ROOT = "snapshot"
"""Domain of the root digest; no part may be called so."""


def canonical_text(part: Part) -> str:
    """Return a part as canonical JSON.

    Source: RFC 8785, JSON Canonicalization Scheme.
    """
    return rfc8785.dumps(_plain(part)).decode()


def part_digest(key: str, document: bytes) -> str:
    """Return the digest of the document mounted as *key*, over exactly these bytes.

    The domain string keeps equal bytes in two parts from meaning the same.
    """
    return _digest(key.removesuffix(".json"), document)


def root_digest(parts: Mapping[str, str]) -> str:
    """Return the digest of a whole snapshot, over the digests of its parts."""
    return _digest(ROOT, rfc8785.dumps(dict(parts)))


def _digest(domain: str, content: bytes) -> str:
    return hashlib.sha256(f"{IDENTITY}/{domain}\n".encode() + content).hexdigest()


def _plain(part: Part) -> Any:
    return msgspec.to_builtins(part, str_keys=True)
