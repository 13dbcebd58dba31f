"""The kubeconfig has everything in it, and nobody else can read it."""

import base64
import stat
from pathlib import Path

import yaml

from devcluster.kubeconfig import Credentials, Facts, annotate, build_kubeconfig, write_private

CREDENTIALS = Credentials(authority=b"ca", certificate=b"cert", key=b"key")
FACTS = Facts(auditLog="/state/audit.log", kubectl="/cache/kubectl", provider="node")


def test_it_embeds_the_credentials() -> None:
    config = build_kubeconfig("demo", "https://127.0.0.1:4242", CREDENTIALS)

    cluster = config["clusters"][0]["cluster"]
    user = config["users"][0]["user"]
    assert cluster["server"] == "https://127.0.0.1:4242"
    assert base64.b64decode(cluster["certificate-authority-data"]) == b"ca"
    assert base64.b64decode(user["client-certificate-data"]) == b"cert"
    assert base64.b64decode(user["client-key-data"]) == b"key"
    assert config["current-context"] == config["contexts"][0]["name"]


def test_its_cluster_says_where_the_audit_log_is() -> None:
    plain = build_kubeconfig("demo", "https://127.0.0.1:4242", CREDENTIALS)

    annotated = annotate(plain, FACTS)

    assert annotated["clusters"][0]["cluster"]["extensions"] == [
        {
            "name": "modelspec.dev/devcluster",
            "extension": {
                "auditLog": "/state/audit.log",
                "kubectl": "/cache/kubectl",
                "provider": "node",
            },
        }
    ]
    assert "extensions" not in plain["clusters"][0]["cluster"]


def test_the_file_is_private_also_where_an_open_one_was(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.touch(mode=0o644)

    write_private(path, {"kind": "Config"})

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert yaml.safe_load(path.read_text()) == {"kind": "Config"}
