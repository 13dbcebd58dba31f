from typing import Any

from modelspec import names
from modelspec_operator.cluster.cache import Cache, Key, key_of_child

KEY = ("risk", "fraud")


def _child(name: str, version: int, *, uid: str = "1", **more: Any) -> dict[str, Any]:
    metadata = {
        "name": name,
        "namespace": "risk",
        "uid": uid,
        "resourceVersion": str(version),
        "labels": {names.LABEL_MODEL: "fraud"},
    }
    return {"kind": "Service", "metadata": metadata, **more}


def _cache() -> tuple[Cache, list[Key]]:
    woken: list[Key] = []
    return Cache(key_of_child, woken.append), woken


def test_a_change_wakes_its_model_and_an_echo_does_not() -> None:
    cache, woken = _cache()
    cache.put(_child("a", 1, spec={"x": 1}))
    cache.put(_child("a", 2, spec={"x": 1}))
    cache.put(_child("a", 3, spec={"x": 2}))

    assert woken == [KEY, KEY]


def test_an_older_state_never_replaces_a_newer_one() -> None:
    cache, _ = _cache()
    cache.put(_child("a", 10, spec={"x": 2}))
    cache.put(_child("a", 9, spec={"x": 1}))

    assert cache.of(KEY)["a"]["spec"] == {"x": 2}


def test_a_late_deletion_does_not_remove_what_was_created_anew() -> None:
    cache, _ = _cache()
    cache.put(_child("a", 10, uid="2"))
    cache.remove(_child("a", 5, uid="1"))

    assert "a" in cache.of(KEY)


def test_a_list_removes_what_was_deleted_while_nobody_watched() -> None:
    cache, woken = _cache()
    cache.put(_child("a", 1))
    cache.put(_child("b", 2))
    woken.clear()

    cache.put(_child("b", 2))
    cache.keep({("risk", "b")}, "2")

    assert set(cache.of(KEY)) == {"b"}
    assert woken == [KEY]


def test_field_owners_are_dropped_but_for_the_mark_of_our_create() -> None:
    cache, _ = _cache()
    child = _child("a", 1)
    child["metadata"]["managedFields"] = [
        {"manager": names.FIELD_MANAGER, "operation": "Update", "fieldsV1": {"f:spec": {}}},
        {"manager": "kubectl", "operation": "Update", "fieldsV1": {}},
    ]

    cache.put(child)

    assert cache.of(KEY)["a"]["metadata"]["managedFields"] == [
        {"manager": names.FIELD_MANAGER, "operation": "Update"}
    ]


def test_an_object_that_was_relabelled_is_no_ghost_of_its_former_model() -> None:
    cache, woken = _cache()
    cache.put(_child("a", 1))
    woken.clear()
    moved = _child("a", 2)
    moved["metadata"]["labels"] = {names.LABEL_MODEL: "other"}

    cache.put(moved)

    assert cache.of(KEY) == {}
    assert set(cache.of(("risk", "other"))) == {"a"}
    assert woken == [KEY, ("risk", "other")]

    cache.remove(moved)
    assert cache.of(("risk", "other")) == {}


def test_what_a_complete_list_lacks_is_forgotten_unless_it_is_newer_than_the_list() -> None:
    cache, woken = _cache()
    cache.put(_child("gone", 3, uid="1"))
    cache.put(_child("new", 9, uid="2"))
    cache.put(_child("there", 4, uid="3"))
    woken.clear()

    cache.keep({("risk", "there")}, "7")

    assert set(cache.of(KEY)) == {"new", "there"}
    assert woken == [KEY]
    assert cache.owners == (KEY,)
