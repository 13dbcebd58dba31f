"""Objects of stores that speak S3, Amazon's and others."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from modelspec.schema.artifacts import S3Object
from modelspec.schema.sources import Source
from modelspec_fetch.stores.credentials import Credentials
from modelspec_fetch.stores.store import (
    CHUNK,
    CONNECT_SECONDS,
    READ_SECONDS,
    RefusedError,
    StoreError,
    TransientError,
    clipped,
    shown,
)

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

DEFAULT_REGION = "us-east-1"

_URL = re.compile(r"https?://[^\s\"'<>)]+")
_BUSY = re.compile(r"\b(408|425|429|5\d\d)\b")
_STATUS = re.compile(r"\b[45]\d\d [A-Z][A-Za-z ]+")
_CERTIFICATE = re.compile(r"InvalidCertificate\(\s*(\w+)")
_SYSTEM = re.compile(r'message: "([^"]+)"')
_ELAPSED = re.compile(r"^.*? in [0-9.]+\S*s - ")
"""What was asked and how long that took, which a message says otherwise, or not each time anew."""

_FOR_PROGRAMMERS = "\n\nDebug source"


@contextmanager
def open_object(
    source: Source, credentials: Credentials, seconds: float
) -> Iterator[Iterator[bytes]]:
    """Open one object.

    Raises:
        StoreError: The store cannot be reached, or does not give it.
    """
    import obstore  # noqa: PLC0415  # only those need it who have an object

    item = source.artifact.s3
    assert item is not None, "the schema demands the member that `type` names"  # noqa: S101
    if item.endpoint and not item.endpoint.startswith("https://"):
        raise RefusedError(f"{shown(item.endpoint)} must use 'https'", ".s3.endpoint")
    store = _store(item, credentials, seconds)
    try:
        stream = obstore.get(store, item.key).stream(min_chunk_size=CHUNK)
    except (obstore.exceptions.BaseError, OSError, ValueError) as error:
        raise _described(item, error) from error
    yield _chunks(item, iter(stream))


def _store(item: S3Object, credentials: Credentials, seconds: float) -> "S3Store":
    """Return the client of a bucket; without a Secret it signs nothing and asks nobody."""
    from obstore.store import S3Store  # noqa: PLC0415

    keys = credentials.keys
    is_complete = bool(keys.get("AWS_ACCESS_KEY_ID") and keys.get("AWS_SECRET_ACCESS_KEY"))
    if credentials.is_named and not is_complete and not credentials.authority:
        message = "the Secret is missing, or lacks AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY"
        raise RefusedError(message, ".s3.secretName")
    try:
        return S3Store(
            item.bucket,
            config=_config(item, keys if is_complete else {}),
            client_options={
                "allow_http": False,
                "connect_timeout": timedelta(seconds=min(CONNECT_SECONDS, seconds)),
                "read_timeout": timedelta(seconds=min(READ_SECONDS, seconds)),
                "timeout": timedelta(seconds=max(seconds, 0.001)),
                **({"root_certificate": credentials.authority} if credentials.authority else {}),
            },
            retry_config={"max_retries": 0},
        )
    except Exception as error:
        raise RefusedError(f"cannot be asked: {_told(error)}", ".s3") from error


def _config(item: S3Object, keys: Mapping[str, str]) -> "S3Config":
    config: S3Config = {"region": item.region or DEFAULT_REGION}
    if item.endpoint:
        config["endpoint"] = item.endpoint
    if not keys:
        # Where nothing is signed, the client does not look for an identity of the machine.
        config["skip_signature"] = True
        return config
    config["access_key_id"] = keys["AWS_ACCESS_KEY_ID"]
    config["secret_access_key"] = keys["AWS_SECRET_ACCESS_KEY"]
    if "AWS_SESSION_TOKEN" in keys:
        config["session_token"] = keys["AWS_SESSION_TOKEN"]
    return config


def _chunks(item: S3Object, stream: Iterator[object]) -> Iterator[bytes]:
    while True:
        try:
            chunk = next(stream, None)
        except Exception as error:
            raise _described(item, error) from error
        if chunk is None:
            return
        yield bytes(chunk)  # type: ignore[call-overload]  # it has the buffer protocol


def _described(item: S3Object, error: Exception) -> StoreError:
    """Return what a store said: final where trying again would not help."""
    where = f"s3://{item.bucket}/{item.key}"
    if isinstance(error, FileNotFoundError):
        return RefusedError(f"{where}: no such object", ".s3.key")
    told, name = _told(error), type(error).__name__
    if name in {"PermissionDeniedError", "UnauthenticatedError"}:
        status = _STATUS.search(told)
        said = status[0].strip() if status else "permission denied"
        return RefusedError(f"{where}: {said}; check the keys of `secretName`", ".s3.secretName")
    untrusted = _CERTIFICATE.search(str(error))
    if untrusted:
        hint = "put the authority into CA_CERTIFICATE of the Secret of `secretName`"
        return RefusedError(f"{where}: certificate refused: {untrusted[1]}; {hint}", ".s3")
    said_no = _STATUS.search(told) and not _BUSY.search(told)
    is_final = isinstance(error, ValueError) or said_no
    return (RefusedError if is_final else TransientError)(f"{where}: {told}", ".s3")


def _told(error: Exception) -> str:
    """Return the sentence of an error and what the system said, URLs bare."""
    sentence, _, rest = str(error).partition(_FOR_PROGRAMMERS)
    said = _SYSTEM.search(rest)
    told = _ELAPSED.sub("", sentence) + (f": {said[1]}" if said else "")
    return clipped(_URL.sub(lambda match: shown(match[0]), told))
