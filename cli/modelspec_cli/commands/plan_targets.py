"""What a file is planned against: another file, or what a cluster has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import Snapshot
from modelspec.validation.report import inspect
from modelspec_cli.cluster import Cluster, ClusterError
from modelspec_cli.commands.errors import OptionError
from modelspec_cli.commands.models import Model, Reading


@dataclass(frozen=True)
class Current:
    """What there is of a name now."""

    spec: ModelSpecSpec | None = None
    """What it specifies; ``None`` if there is nothing, or nothing valid."""

    problem: str = ""
    """Why what is there cannot be compared."""

    version: str | None = None
    """The version that the planned snapshot became before, if it did."""

    serving: Mapping[str, Any] | None = None
    """The version that serves, as the status has it."""

    knows_versions: bool = False
    """Whether it could be found out which versions there were."""

    @property
    def exists(self) -> bool:
        """Whether there is anything."""
        return self.spec is not None or bool(self.problem)


Target: TypeAlias = Callable[[Model, Snapshot], Current]
"""Looks up what there is now of a ModelSpec that is to become a snapshot."""


def file_target(reading: Reading) -> Target:
    """Return the target that a valid file is."""

    def current(model: Model, snapshot: Snapshot) -> Current:
        del snapshot
        found = reading.find(model.name)
        return Current(found.spec if found else None)

    return current


def cluster_target(context: str | None, namespace: str | None) -> Target:
    """Return the target that a cluster is; asking it may raise a ``ClusterError``."""

    def current(model: Model, snapshot: Snapshot) -> Current:
        cluster = Cluster(context, _namespace(model, namespace))
        found = cluster.model(model.name)
        there = _read(found) if found else Current()
        try:
            version = cluster.version(model.name, snapshot.digest)
        except ClusterError:  # who may read ModelSpecs need not be allowed to read ConfigMaps
            return there
        return replace(there, version=version, knows_versions=True)

    return current


def _namespace(model: Model, given: str | None) -> str | None:
    """Return where to look.

    Raises:
        OptionError: The file says another namespace than the option.
    """
    if given and model.namespace and given != model.namespace:
        message = f"'{given}' is not the namespace of '{model.name}' in the file, which is"
        raise OptionError(f"{message} '{model.namespace}'", "--namespace")
    return given or model.namespace


def _read(found: dict[str, Any]) -> Current:
    report = inspect(found)
    problem = f"what is there is not valid: {report.findings[0]}" if report.findings else ""
    return Current(report.spec, problem, serving=(found.get("status") or {}).get("stable"))
