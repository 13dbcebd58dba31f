"""Files of web servers: encrypted, bounded, proven, and honest about what went wrong."""

import time
import tracemalloc
import zlib
from http.server import BaseHTTPRequestHandler

import pytest

from modelspec_fetch.patience import Patience
from support.fetching import CASES, Pod, at_url, packed
from support.web import Answer, Web, send

CONTENT = b"rows of gold\n" * 1000
WITH_TOKEN = {"SECRET_0_TOKEN": "t0ken\n"}


def _redirect(url: str) -> Answer:
    return lambda request: send(request, 302, Location=url)


def _failing(times: int, status: int, content: bytes) -> Answer:
    left = [status] * times

    def answer(request: BaseHTTPRequestHandler) -> None:
        send(request, left.pop() if left else 200, content)

    return answer


def test_a_file_is_named_by_its_digest(pod: Pod, web: Web) -> None:
    source = at_url(web.serve("/golden.jsonl", CONTENT), CONTENT)

    assert pod.fetch(source) == []
    assert pod.files == {source.artifact.sha256: CONTENT}


def test_a_packed_file_is_unpacked(pod: Pod, web: Web) -> None:
    source = at_url(web.serve("/golden.gz", packed(CONTENT)), CONTENT, compression="Gzip")

    assert pod.fetch(source) == []
    assert pod.files == {source.artifact.sha256: CONTENT}


def test_what_is_there_already_is_not_fetched_again(pod: Pod, web: Web) -> None:
    source = at_url(web.serve("/golden.jsonl", CONTENT), CONTENT)
    pod.fetch(source)

    assert pod.fetch(source) == []
    assert len(web.asked) == 1


def test_other_bytes_are_refused_and_leave_nothing(pod: Pod, web: Web) -> None:
    source = at_url(web.serve("/golden.jsonl", b"x" * len(CONTENT)), CONTENT)

    (finding,) = pod.fetch(source)

    expected = f"MS408 {CASES}: sha256 mismatch: expected {source.artifact.sha256}, got "
    assert finding.startswith(expected)
    assert finding.endswith("; the bytes changed")
    assert pod.files == {}
    assert pod.clock.pauses == [], "other bytes stay other bytes"


def test_more_bytes_than_the_specification_says_are_not_read(pod: Pod, web: Web) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b"x" * 65536)

    began = time.monotonic()
    source = at_url(web.on("/endless", endless), CONTENT)

    assert pod.fetch(source) == [f"MS409 {CASES}.sizeBytes: expected 13000, got more"]
    assert time.monotonic() - began < 5
    assert pod.files == {}


def _bomb(mebibytes: int) -> bytes:
    """Return gzip data of so many mebibytes of zeros, made without unpacking them here."""
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = stream.compress(b"") + stream.flush(zlib.Z_FULL_FLUSH)
    block = stream.compress(bytes(1_048_576)) + stream.flush(zlib.Z_FULL_FLUSH)
    return head + block * mebibytes


def test_a_gzip_bomb_of_a_gigabyte_is_refused_in_bounded_memory_and_time(
    pod: Pod, web: Web
) -> None:
    size = 32 * 1_048_576
    url = web.serve("/bomb.gz", _bomb(1024))
    source = at_url(url, CONTENT, compression="Gzip", sizeBytes=size)
    began = time.monotonic()
    tracemalloc.start()

    findings = pod.fetch(source)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert findings == [f"MS411 {CASES}: decompressed size is over `sizeBytes` {size}"]
    assert peak < 16 * 1_048_576
    assert time.monotonic() - began < 10
    assert pod.files == {}


def test_gzip_data_that_never_unpacks_to_anything_is_refused(pod: Pod, web: Web) -> None:
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = stream.compress(b"") + stream.flush(zlib.Z_FULL_FLUSH)
    empty = stream.flush(zlib.Z_FULL_FLUSH) or b"\x00\x00\x00\xff\xff"

    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(head)
        while True:
            request.wfile.write(empty * 10_000)

    source = at_url(web.on("/empty.gz", endless), CONTENT, compression="Gzip")

    (finding,) = pod.fetch(source)

    assert finding.startswith(f"MS411 {CASES}: stored size is over 78"), finding


def test_what_may_pass_is_tried_again_with_growing_pauses(pod: Pod, web: Web) -> None:
    source = at_url(web.on("/golden", _failing(3, 503, CONTENT)), CONTENT)

    assert pod.fetch(source) == []
    assert pod.clock.pauses == [0.5, 1.0, 2.0]


def test_tries_are_counted_and_the_last_reason_is_told(pod: Pod, web: Web) -> None:
    url = web.on("/golden", lambda request: send(request, 503))

    (finding,) = pod.fetch(at_url(url, CONTENT))

    expected = f"MS410 {CASES}.http.url: {url}: 503 Service Unavailable; tried 4 times in "
    assert finding.startswith(expected)
    assert len(web.asked) == 4


@pytest.mark.parametrize(("status", "word"), [(404, "Not Found"), (403, "Forbidden")])
def test_what_stays_as_it_is_is_told_at_once(pod: Pod, web: Web, status: int, word: str) -> None:
    url = web.on("/golden", lambda request: send(request, status))

    (finding,) = pod.fetch(at_url(url, CONTENT))

    assert finding.startswith(f"MS410 {CASES}.http.url: {url}: {status} {word}; ")
    assert len(web.asked) == 1


def test_a_message_shows_neither_query_nor_user(pod: Pod, web: Web) -> None:
    url = web.on("/golden", lambda request: send(request, 403))

    (finding,) = pod.fetch(at_url(f"{url}?signature=s3cr3t", CONTENT))

    assert f"{url}: 403" in finding
    assert "s3cr3t" not in finding
    assert web.asked[0][0] == "/golden?signature=s3cr3t", "the server is asked with it"


def test_an_answer_that_ends_too_early_is_asked_for_again(pod: Pod, web: Web) -> None:
    broken = [True]

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(CONTENT)))
        request.end_headers()
        request.wfile.write(CONTENT[:100] if broken.pop() else CONTENT)
        broken.append(False)

    assert pod.fetch(at_url(web.on("/golden", answer), CONTENT)) == []
    assert pod.clock.pauses == [0.5]


def test_a_server_that_lets_bytes_trickle_is_left_at_the_deadline(pod: Pod, web: Web) -> None:
    def trickle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "13000")
        request.end_headers()
        for _ in range(200):
            request.wfile.write(b"x")
            time.sleep(0.05)

    pod.patience = Patience(seconds=1, tries=3, first_pause=0.1)
    began = time.monotonic()

    (finding,) = pod.fetch(at_url(web.on("/slow", trickle), CONTENT))

    url = f"{web.url}/slow"
    assert finding == f"MS410 {CASES}.http.url: {url}: timed out; tried once in 1 s"
    assert time.monotonic() - began < 5


def test_a_server_that_nobody_vouches_for_is_refused_at_once(pod: Pod, web: Web) -> None:
    url = web.serve("/golden", CONTENT)
    source = at_url(url, CONTENT).model_copy(update={"variables": None})

    (finding,) = pod.fetch(source)

    assert finding.startswith(f"MS410 {CASES}.http.url: {url}: ")
    assert "put the authority into CA_CERTIFICATE" in finding
    assert pod.clock.pauses == []
    assert web.asked == []


def test_a_certificate_for_another_name_is_refused(pod: Pod, web: Web) -> None:
    url = web.serve("/golden", CONTENT).replace("127.0.0.1", "127.0.0.2")

    (finding,) = pod.fetch(at_url(url, CONTENT))

    assert "127.0.0.2" in finding
    assert web.asked == []


def test_a_token_is_sent(pod: Pod, web: Web) -> None:
    pod.environment |= WITH_TOKEN

    pod.fetch(at_url(web.serve("/golden", CONTENT), CONTENT))

    assert web.asked[0][1]["Authorization"] == "Bearer t0ken"


def test_user_and_password_are_sent(pod: Pod, web: Web) -> None:
    pod.environment |= {"SECRET_0_USERNAME": "u", "SECRET_0_PASSWORD": "p"}

    pod.fetch(at_url(web.serve("/golden", CONTENT), CONTENT))

    assert web.asked[0][1]["Authorization"] == "Basic dTpw"


def test_the_keys_of_another_secret_are_not_sent(pod: Pod, web: Web) -> None:
    pod.environment |= {"SECRET_1_TOKEN": "t0ken"}

    pod.fetch(at_url(web.serve("/golden", CONTENT), CONTENT))

    assert "Authorization" not in web.asked[0][1]


def test_a_secret_that_is_missing_is_told(pod: Pod, web: Web) -> None:
    pod.authority = ""

    (finding,) = pod.fetch(at_url(web.serve("/golden", CONTENT), CONTENT))

    assert finding.startswith(f"MS410 {CASES}.http.secretName: the Secret is missing, or has ")
    assert web.asked == []


def test_a_redirect_is_followed_without_the_token(pod: Pod, web: Web) -> None:
    pod.environment |= WITH_TOKEN
    target = web.serve("/real", CONTENT)

    assert pod.fetch(at_url(web.on("/golden", _redirect(target)), CONTENT)) == []
    assert [path for path, _ in web.asked] == ["/golden", "/real"]
    assert "Authorization" not in web.asked[1][1]


@pytest.mark.parametrize("target", ["http://127.0.0.1:1/x?t=s3cr3t", "file:///etc/passwd", ""])
def test_a_redirect_to_anything_unencrypted_is_refused(pod: Pod, web: Web, target: str) -> None:
    url = web.on("/golden", _redirect(target))

    (finding,) = pod.fetch(at_url(url, CONTENT))

    assert finding.startswith(f"MS410 {CASES}.http.url: ")
    assert "must use 'https'" in finding or "redirects" in finding
    assert "s3cr3t" not in finding


def test_redirects_in_a_circle_are_left(pod: Pod, web: Web) -> None:
    url = web.on("/golden", _redirect("/golden"))

    assert pod.fetch(at_url(url, CONTENT)) == [
        f"MS410 {CASES}.http.url: {url}: more than 5 redirects"
    ]


def test_a_server_that_is_not_there_is_tried_and_told(pod: Pod) -> None:
    (finding,) = pod.fetch(at_url("https://127.0.0.1:1/golden", CONTENT))

    expected = (
        f"MS410 {CASES}.http.url: https://127.0.0.1:1/golden: [Errno 111] Connection refused"
    )
    assert finding.startswith(f"{expected}; tried 4 times in ")


def test_every_artifact_that_is_missing_is_told(pod: Pod, web: Web) -> None:
    other = b"other"
    sources = [at_url(f"{web.url}/{n}", content) for n, content in enumerate([CONTENT, other])]

    assert len(pod.fetch(*sources)) == 2
