"""How pods come by their artifacts: an init container fetches and proves every one of them.

Whatever the store, the serving container finds verified files in one directory, and reaches no
store itself. ConfigMaps go the same way: what is found out about a model is found out once.
"""

from collections.abc import Iterable, Sequence

from modelspec import names
from modelspec.artifacts import MAX_BYTES
from modelspec.quantities import canonical_quantity
from modelspec.schema.artifacts import Artifact, ArtifactType, Compression, ConfigMapKey
from modelspec.schema.sources import Source, read_sources, write_sources
from modelspec_operator.children.metadata import Manifest, Owner

ARTIFACT_DIRECTORY = "/etc/modelspec/artifacts"
COPY_DIRECTORY = "/etc/modelspec/copies"
VOLUME_DIRECTORY = "/etc/modelspec/volumes"

CONTAINER = "fetch"
PROGRAM = "/opt/modelspec/bin/modelspec-fetch"
VARIABLE = "MODELSPEC_SOURCES"

SPARE_BYTES = 1_048_576
"""Room for what a file system adds to the files."""

_MEBIBYTE = 1_048_576


def build_sources(owner: Owner, located: Iterable[tuple[str, Artifact]]) -> tuple[Source, ...]:
    """Return what the init container is told, each digest once.

    Args:
        owner: The ModelSpec.
        located: The artifacts after their paths, in the order of the snapshot: the author's order
            makes no version, so it must not start pods anew.
    """
    distinct = {artifact.sha256: (path, artifact) for path, artifact in reversed([*located])}
    ordered = sorted(distinct.values(), key=lambda item: item[0])
    secrets = _numbered(artifact.secret_name for _, artifact in ordered)
    claims = _numbered(map(_claim, (artifact for _, artifact in ordered)))
    return tuple(
        _copied(owner, path, artifact.sha256)
        if artifact.type is ArtifactType.CONFIG_MAP
        else Source(
            path=path,
            artifact=_plain(artifact),
            directory=_volume_directory(claims, artifact),
            variables=_prefix(secrets[artifact.secret_name]) if artifact.secret_name else None,
        )
        for path, artifact in ordered
    )


def copied_sources(owner: Owner, digests: Iterable[str]) -> tuple[Source, ...]:
    """Return sources of which nothing is known but their digests: our copies of ConfigMaps."""
    return tuple(_copied(owner, "spec", sha256) for sha256 in digests)


def parse_sources(text: str | None) -> tuple[Source, ...] | None:
    """Return sources from an annotation or a pod, where anybody may have written anything."""
    try:
        return read_sources(text or "")
    except ValueError:
        return None


def sources_text(template: Manifest) -> str | None:
    """Return what a pod template tells its init container, if it has one."""
    try:
        containers = template["spec"].get("initContainers") or []
        variables = [item for container in containers for item in container.get("env") or []]
        told = (item.get("value") for item in variables if item.get("name") == VARIABLE)
        return next((text for text in told if isinstance(text, str)), None)
    except (KeyError, TypeError, AttributeError):
        return None


def needs_other_sources(template: Manifest, sources: Sequence[Source]) -> bool:
    """Tell whether pods of a template would fetch from elsewhere than *sources* say.

    Pods of earlier releases mount their ConfigMaps themselves, and go on doing so.
    """
    told = sources_text(template)
    if told is None:
        return any(source.artifact.type is not ArtifactType.CONFIG_MAP for source in sources)
    return told != write_sources(sources)


def build_fetching(
    sources: Sequence[Source], image: str, resources: Manifest, security: Manifest
) -> list[Manifest]:
    """Return the init container that fetches artifacts; none where there are none."""
    if not sources:
        return []
    return [
        {
            "name": CONTAINER,
            "image": image,
            "imagePullPolicy": "IfNotPresent",
            "command": [PROGRAM],
            "env": [{"name": VARIABLE, "value": write_sources(sources)}],
            **_secrets(sources),
            "resources": resources,
            "securityContext": security,
            "terminationMessagePolicy": "FallbackToLogsOnError",
            "volumeMounts": [
                {"name": "artifacts", "mountPath": ARTIFACT_DIRECTORY},
                *_mounts(sources),
            ],
        }
    ]


def build_artifact_volumes(sources: Sequence[Source]) -> list[Manifest]:
    """Return the directory that is filled, and the volumes that it is filled from.

    ConfigMaps are optional, so that what is missing is our message and not a stuck pod.
    """
    limit = sum(source.artifact.size_bytes or MAX_BYTES for source in sources) + SPARE_BYTES
    # The API server rewrites whatever is not canonical, and would differ for ever.
    size = canonical_quantity(f"{-(-limit // _MEBIBYTE)}Mi")
    filled: Manifest = {"sizeLimit": size} if sources else {}
    copies = [source.artifact.config_map for source in sources if source.artifact.config_map]
    projected = [{"configMap": {"name": copy.name, "optional": True}} for copy in copies]
    return [
        {"name": "artifacts", "emptyDir": filled},
        *([{"name": "copies", "projected": {"sources": projected}}] if projected else []),
        *(
            {"name": f"volume-{n}", "persistentVolumeClaim": {"claimName": name, "readOnly": True}}
            for name, n in _claims(sources).items()
        ),
    ]


def _copied(owner: Owner, path: str, sha256: str) -> Source:
    """Return our copy of a ConfigMap as a source; it says nothing of what the user may change."""
    copy = ConfigMapKey(name=names.artifact_config_map_name(owner.name, sha256), key=sha256)
    artifact = Artifact(type=ArtifactType.CONFIG_MAP, sha256=sha256, config_map=copy)
    return Source(path=path, artifact=artifact, directory=COPY_DIRECTORY)


def _plain(artifact: Artifact) -> Artifact:
    """Return an artifact without what means the same as nothing."""
    is_packed = artifact.compression is Compression.GZIP
    return artifact if is_packed else artifact.model_copy(update={"compression": None})


def _numbered(given: Iterable[str | None]) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(set(filter(None, given))))}


def _claim(artifact: Artifact) -> str | None:
    file = artifact.persistent_volume_claim
    return file.claim_name if file else None


def _claims(sources: Sequence[Source]) -> dict[str, int]:
    return _numbered(_claim(source.artifact) for source in sources)


def _volume_directory(claims: dict[str, int], artifact: Artifact) -> str | None:
    claim = _claim(artifact)
    return f"{VOLUME_DIRECTORY}/{claims[claim]}" if claim else None


def _prefix(number: int) -> str:
    """Return what the variables of a Secret begin with: none of them can become a setting."""
    return f"SECRET_{number}_"


def _secrets(sources: Sequence[Source]) -> Manifest:
    """Return the Secrets that only the init container sees; we never read them ourselves."""
    secrets = _numbered(source.artifact.secret_name for source in sources)
    listed = [
        {"prefix": _prefix(number), "secretRef": {"name": name, "optional": True}}
        for name, number in secrets.items()
    ]
    return {"envFrom": listed} if listed else {}


def _mounts(sources: Sequence[Source]) -> list[Manifest]:
    directories = {
        f"volume-{number}": f"{VOLUME_DIRECTORY}/{number}" for number in _claims(sources).values()
    }
    if any(source.artifact.config_map for source in sources):
        directories["copies"] = COPY_DIRECTORY
    return [
        {"name": name, "mountPath": path, "readOnly": True} for name, path in directories.items()
    ]
