"""Objects of a real store that speaks S3."""

from typing import Any

import pytest

from modelspec.schema.sources import Source
from support.fetching import CASES, Pod, packed, source
from support.object_store import ACCESS_KEY, BUCKET, SECRET_KEY, ObjectStore

CONTENT = b"rows of gold\n" * 200_000
KEYS = {"SECRET_0_AWS_ACCESS_KEY_ID": ACCESS_KEY, "SECRET_0_AWS_SECRET_ACCESS_KEY": SECRET_KEY}


def _object(store: ObjectStore, key: str, content: bytes = CONTENT, **more: Any) -> Source:
    place = {
        "bucket": more.pop("bucket", BUCKET),
        "key": key,
        "endpoint": more.pop("endpoint", store.endpoint),
        "secretName": "modelspec-s3",
    }
    return source("S3", "s3", place, content, **more)


@pytest.fixture
def signed(pod: Pod) -> Pod:
    pod.environment |= KEYS
    return pod


def test_an_object_is_fetched(signed: Pod, store: ObjectStore) -> None:
    store.put("fraud/v1+2/golden=1.jsonl", CONTENT)
    wanted = _object(store, "fraud/v1+2/golden=1.jsonl")

    assert signed.fetch(wanted) == []
    assert signed.files == {wanted.artifact.sha256: CONTENT}


def test_a_packed_object_is_unpacked(signed: Pod, store: ObjectStore) -> None:
    store.put("golden.gz", packed(CONTENT))
    wanted = _object(store, "golden.gz", compression="Gzip")

    assert signed.fetch(wanted) == []
    assert signed.files == {wanted.artifact.sha256: CONTENT}


def test_an_object_with_other_bytes_is_refused(signed: Pod, store: ObjectStore) -> None:
    store.put("other", b"x" * len(CONTENT))

    (finding,) = signed.fetch(_object(store, "other"))

    assert finding.startswith(f"MS408 {CASES}: sha256 mismatch")
    assert signed.files == {}


def test_a_larger_object_is_refused(signed: Pod, store: ObjectStore) -> None:
    store.put("large", CONTENT * 4)

    assert signed.fetch(_object(store, "large")) == [
        f"MS409 {CASES}.sizeBytes: expected {len(CONTENT)}, got more"
    ]


@pytest.mark.parametrize(
    ("bucket", "key"), [(BUCKET, "nothing/here.onnx"), ("no-such-bucket", "golden")]
)
def test_an_object_that_is_not_there_is_told_at_once(
    signed: Pod, store: ObjectStore, bucket: str, key: str
) -> None:
    (finding,) = signed.fetch(_object(store, key, bucket=bucket))

    assert finding == f"MS410 {CASES}.s3.key: s3://{bucket}/{key}: no such object"
    assert signed.clock.pauses == []


@pytest.mark.parametrize("keys", [{"SECRET_0_AWS_SECRET_ACCESS_KEY": "wrong"}, None])
def test_who_may_not_read_is_told_so_at_once(
    signed: Pod, store: ObjectStore, keys: dict[str, str] | None
) -> None:
    store.put("golden", CONTENT)
    signed.environment = {**KEYS, **keys} if keys else {}

    (finding,) = signed.fetch(_object(store, "golden"))

    assert finding.startswith(f"MS410 {CASES}.s3.secretName: s3://{BUCKET}/golden: 403 Forbidden")
    assert SECRET_KEY not in finding
    assert signed.clock.pauses == []


def test_a_secret_that_is_missing_is_told(pod: Pod, store: ObjectStore) -> None:
    pod.authority = ""

    (finding,) = pod.fetch(_object(store, "golden"))

    assert finding == (
        f"MS410 {CASES}.s3.secretName: the Secret is missing, or lacks AWS_ACCESS_KEY_ID or "
        "AWS_SECRET_ACCESS_KEY"
    )


def test_a_store_that_nobody_vouches_for_is_refused_at_once(
    signed: Pod, store: ObjectStore
) -> None:
    store.put("golden", CONTENT)
    signed.authority = ""

    (finding,) = signed.fetch(_object(store, "golden"))

    assert finding == (
        f"MS410 {CASES}.s3: s3://{BUCKET}/golden: certificate refused: UnknownIssuer; put the "
        "authority into CA_CERTIFICATE of the Secret of `secretName`"
    )
    assert signed.clock.pauses == []


def test_a_store_that_is_not_there_is_tried_again(signed: Pod, store: ObjectStore) -> None:
    (finding,) = signed.fetch(_object(store, "golden", endpoint="https://127.0.0.1:1"))

    expected = "HTTP error: error sending request: Connection refused"
    assert finding.startswith(f"MS410 {CASES}.s3: s3://{BUCKET}/golden: {expected}; tried 4 times")
    assert "; tried 4 times in " in finding
    assert signed.clock.pauses == [0.5, 1.0, 2.0]
