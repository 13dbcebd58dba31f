"""A program is built again exactly when what it is built from changes."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from devcluster.node import programs, toolchain
from devcluster.node.programs import GROUPS, MODULES, build_command, cache_key, program_path

ETCD = GROUPS[0]
RUNC = next(group for group in GROUPS if group.name == "runc")


def test_the_key_stays_the_same_for_the_same_sources(tmp_path: Path) -> None:
    shutil.copytree(MODULES / "etcd", tmp_path / "etcd")

    assert cache_key(ETCD, tmp_path) == cache_key(ETCD)


@pytest.mark.parametrize("file", ["go.mod", "go.sum"])
def test_the_key_changes_with_the_module_files(tmp_path: Path, file: str) -> None:
    shutil.copytree(MODULES / "etcd", tmp_path / "etcd")
    with (tmp_path / "etcd" / file).open("a") as changed:
        changed.write("\n")

    assert cache_key(ETCD, tmp_path) != cache_key(ETCD)


def test_the_key_changes_with_the_flags() -> None:
    assert cache_key(replace(ETCD, tags="other")) != cache_key(ETCD)


def test_every_program_belongs_to_one_group_and_has_its_own_path() -> None:
    names = [program.name for group in GROUPS for program in group.programs]

    assert len(names) == len(set(names))
    assert {program_path(Path("/c"), name).name for name in names} == set(names)


def test_runc_is_built_with_seccomp(tmp_path: Path) -> None:
    assert build_command("go", RUNC, tmp_path) == [
        "go",
        "build",
        "-trimpath",
        "-buildvcs=false",
        "-tags",
        "seccomp",
        "-ldflags",
        "-s -w",
        "-o",
        f"{tmp_path}/",
        "github.com/opencontainers/runc",
    ]


def test_only_what_runs_on_the_host_is_linked_with_c() -> None:
    assert [group.name for group in GROUPS if group.cgo] == ["runc"]


def test_a_cached_group_is_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program_path(tmp_path, "etcd").parent.mkdir(parents=True)
    monkeypatch.setattr(programs, "find_go", lambda _: pytest.fail("looked for Go"))

    programs.ensure(tmp_path, ETCD)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        pytest.param("go1.26.8\n", (1, 26), id="release"),
        pytest.param("go1.27rc1", (1, 27), id="candidate"),
        pytest.param("devel +abc", (0, 0), id="unreadable"),
    ],
)
def test_the_version_of_go_is_read(said: str, version: tuple[int, int]) -> None:
    assert toolchain.parse_version(said) == version
