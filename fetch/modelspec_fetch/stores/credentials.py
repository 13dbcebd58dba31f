"""The keys of one Secret, as Kubernetes puts them into the environment of this container alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CA_CERTIFICATE = "CA_CERTIFICATE"


@dataclass(frozen=True)
class Credentials:
    """The keys of the Secret that an artifact names; none without one."""

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_named: bool = False
    """Whether the artifact names a Secret."""

    @classmethod
    def of(cls, environment: Mapping[str, str], prefix: str | None) -> "Credentials":
        """Return what stands in the environment under a prefix.

        The prefix keeps Secrets apart, and keeps what a Secret holds from becoming a setting of
        this program, such as a proxy.
        """
        if prefix is None:
            return cls()
        keys = {
            name.removeprefix(prefix): value.strip()
            for name, value in environment.items()
            if name.startswith(prefix)
        }
        return cls(keys, is_named=True)

    @property
    def authority(self) -> str | None:
        """The certificates (PEM) to trust besides those that everybody trusts."""
        return self.keys.get(CA_CERTIFICATE)
