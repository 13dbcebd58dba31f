"""Does a live object still say what we wrote? Only what we wrote is compared."""

from typing import Any

_MERGE_KEYS = ("uid", "mountPath", "name", "containerPort", "port", "type")
"""What identifies an item of the lists that the operator writes, in the order of trying."""


_ATOMIC = {"selector"}
"""Maps that are one value: a key more in a selector selects other pods."""


def covers(live: Any, wanted: Any) -> bool:
    """Tell whether *live* contains everything that *wanted* says.

    Fields that only the cluster filled in (defaults, status, foreign annotations) do not count. In
    lists whose items have an identity, foreign items do not count either: server-side apply would
    not remove them, and repairing what cannot be repaired never ends. Other lists are one value.
    """
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(
            key in live and (live[key] == value if key in _ATOMIC else covers(live[key], value))
            for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(live, list) and _list_covers(live, wanted)
    return bool(live == wanted)


def _list_covers(live: list[Any], wanted: list[Any]) -> bool:
    key = next(
        (k for k in _MERGE_KEYS if all(isinstance(i, dict) and k in i for i in wanted)), None
    )
    if key is None:
        return len(live) == len(wanted) and all(map(covers, live, wanted))
    by_identity = {item.get(key): item for item in live if isinstance(item, dict)}
    return all(covers(by_identity.get(item[key]), item) for item in wanted)
