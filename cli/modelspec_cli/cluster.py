"""What a cluster says, asked through ``kubectl``: every way to log in works as it does there."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

from modelspec.names import (
    ANNOTATION_DIGEST,
    GROUP,
    LABEL_MODEL,
    LABEL_SNAPSHOT,
    LABEL_VERSION,
    PLURAL,
    short_hash,
    version_name,
)

TIMEOUT_SECONDS = 30
"""Of one request; the program waits a little longer."""

Json = dict[str, Any]

_LOGGED = re.compile(r"[EIFW]\d{4} \d\d:")


class ClusterError(Exception):
    """The cluster does not answer; the message has kubectl's own words."""


@dataclass(frozen=True)
class Cluster:
    """A cluster, as kubectl finds it."""

    context: str | None = None
    """Of the kubeconfig; the current one when omitted."""

    namespace: str | None = None
    """Where to look; the context's own when omitted."""

    def model(self, name: str) -> Json | None:
        """Return a ModelSpec, or ``None`` if there is no such.

        Raises:
            ClusterError: The cluster does not answer.
        """
        return self._get(f"{PLURAL}.{GROUP}", name, "--ignore-not-found")

    def version(self, model: str, digest: str) -> str | None:
        """Return the name of the version that a snapshot became, if it did.

        Raises:
            ClusterError: The cluster does not answer.
        """
        labels = f"{LABEL_MODEL}={model},{LABEL_SNAPSHOT}={short_hash(digest)}"
        listed = self._get("configmaps", f"--selector={labels}") or {}
        for item in listed.get("items", ()):
            metadata = item["metadata"]
            number = metadata["labels"].get(LABEL_VERSION)
            if (
                str(number).isdecimal()
                and metadata.get("annotations", {}).get(ANNOTATION_DIGEST) == digest
            ):
                return version_name(int(number))
        return None

    def _get(self, *arguments: str) -> Json | None:
        """Return what ``kubectl get`` prints as JSON, or ``None`` if it prints nothing.

        Raises:
            ClusterError: It fails.
        """
        options = {"context": self.context, "namespace": self.namespace}
        given = [f"--{name}={value}" for name, value in options.items() if value]
        limit = f"--request-timeout={TIMEOUT_SECONDS}s"
        text = _kubectl("get", *arguments, "--output=json", limit, *given)
        try:
            return dict(json.loads(text)) if text.strip() else None
        except (ValueError, TypeError) as error:
            raise ClusterError(f"kubectl does not answer with JSON: {error}") from error


def _kubectl(*arguments: str) -> str:
    program = shutil.which("kubectl")
    if program is None:
        raise ClusterError("kubectl is not on the PATH; install it")
    try:
        done = subprocess.run(  # noqa: S603  # no shell; the arguments are options and names
            [program, *arguments],
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT_SECONDS * 2,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ClusterError(f"kubectl: {error}") from error
    if done.returncode:
        words = _words(done.stderr.decode(errors="replace"))
        raise ClusterError(words or f"kubectl exits with {done.returncode}")
    return done.stdout.decode(errors="replace")


def _words(text: str) -> str:
    """Return what kubectl says to people, without what it logs while it tries again."""
    lines = (line for line in text.splitlines() if _LOGGED.match(line) is None)
    return "\n".join(lines).strip() or text.strip()
