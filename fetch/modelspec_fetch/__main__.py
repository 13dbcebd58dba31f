"""The program of the init container."""

import os
import sys
from collections.abc import Iterable

import structlog
from pydantic import ValidationError

from modelspec.errors import Finding
from modelspec.schema.sources import read_sources
from modelspec_fetch.fetching import fetch_all
from modelspec_fetch.settings import Settings

EXIT_USAGE = 2
EXIT_REFUSED = 3

MAX_MESSAGE_BYTES = 4096
"""What the kubelet keeps of a termination message."""

_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})


def main() -> int:
    """Fetch every artifact; return the exit code: 0 all are there, 2 wrong settings, 3 refused."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ]
    )
    _forget_proxies()
    log = structlog.get_logger()
    try:
        settings = Settings()
        sources = read_sources(settings.sources)
    except ValidationError as error:
        problems = [f"{e['loc']}: {e['msg']}" for e in error.errors()]
        log.error("wrong settings", problems=problems)  # noqa: TRY400  # not ours to trace
        return EXIT_USAGE
    findings = tuple(fetch_all(sources, settings.artifact_directory, os.environ))
    if not findings:
        return 0
    for finding in findings:
        log.error("refused", finding=str(finding))
    _explain(settings, findings)
    return EXIT_REFUSED


def _forget_proxies() -> None:
    """Take proxies out of the environment, where the client of object stores would find them."""
    for name in [name for name in os.environ if name.lower() in _PROXIES]:
        del os.environ[name]


def _explain(settings: Settings, findings: Iterable[Finding]) -> None:
    """Write why this pod cannot start where Kubernetes reads it: whole lines, as it keeps them."""
    kept = b""
    for finding in findings:
        line = f"{finding}\n".encode()
        if len(kept) + len(line) > MAX_MESSAGE_BYTES:
            break
        kept += line
    try:
        settings.termination_log.write_bytes(kept)
    except OSError:
        structlog.get_logger().debug("no termination log", path=str(settings.termination_log))


if __name__ == "__main__":
    sys.exit(main())
