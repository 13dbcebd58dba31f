"""What a plan may ask for: three verbs on whole objects."""

from dataclasses import dataclass

from modelspec_operator.children.metadata import Manifest


@dataclass(frozen=True)
class Create:
    """Write an object that does not exist; if it does and is not ours, leave it alone."""

    manifest: Manifest


@dataclass(frozen=True)
class Apply:
    """Bring one of our objects to exactly this state."""

    manifest: Manifest


@dataclass(frozen=True)
class Delete:
    """Delete one of our objects, if it is still the one that was seen."""

    kind: str
    name: str
    namespace: str
    uid: str


Action = Create | Apply | Delete


def writes_deployment(action: Action) -> bool:
    """Tell whether an action creates or changes a Deployment, and so the pods of a version."""
    return not isinstance(action, Delete) and action.manifest["kind"] == "Deployment"
