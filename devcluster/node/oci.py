"""Images of a single program, written without any tool: for the pause container and CoreDNS."""

import hashlib
import io
import json
import platform
import tarfile
from pathlib import Path
from typing import Any

__all__ = ["write_image"]

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
MEDIA = "application/vnd.oci.image."
USER = "65532:65532"  # no program of ours needs to be root


def write_image(archive: Path, reference: str, program: Path) -> None:
    """Write an OCI archive *archive* of an image *reference* that holds and runs *program*."""
    layer = _layer(program)
    config = _to_json(
        {
            "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
            "os": "linux",
            "config": {"Entrypoint": [f"/{program.name}"], "User": USER},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
    )
    manifest = _to_json(
        {
            "schemaVersion": 2,
            "mediaType": f"{MEDIA}manifest.v1+json",
            "config": _descriptor("config.v1+json", config),
            "layers": [_descriptor("layer.v1.tar", layer)],
        }
    )
    entry = _descriptor("manifest.v1+json", manifest)
    entry["annotations"] = {
        "io.containerd.image.name": reference,
        "org.opencontainers.image.ref.name": reference,
    }
    temporary = archive.with_suffix(".new")
    with tarfile.open(temporary, "w") as tar:
        _add(tar, "oci-layout", _to_json({"imageLayoutVersion": "1.0.0"}))
        _add(tar, "index.json", _to_json({"schemaVersion": 2, "manifests": [entry]}))
        for blob in (layer, config, manifest):
            _add(tar, f"blobs/sha256/{_digest(blob).removeprefix('sha256:')}", blob)
    temporary.replace(archive)


def _layer(program: Path) -> bytes:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as tar:
        _add(tar, program.name, program.read_bytes(), mode=0o755)
    return output.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes, *, mode: int = 0o644) -> None:
    # A TarInfo of its own has no owner and no time, so equal content gives equal digests.
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), mode
    tar.addfile(info, io.BytesIO(content))


def _descriptor(kind: str, blob: bytes) -> dict[str, Any]:
    return {"mediaType": f"{MEDIA}{kind}", "digest": _digest(blob), "size": len(blob)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _to_json(thing: dict[str, Any]) -> bytes:
    return json.dumps(thing, sort_keys=True).encode()
