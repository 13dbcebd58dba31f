"""The programs of Kubernetes, built from their Go modules into the cache."""

import hashlib
import platform
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devcluster import progress
from devcluster.commands import run, tether
from devcluster.directories import REPOSITORY
from devcluster.locks import exclusive
from devcluster.node.toolchain import find_go

__all__ = ["GROUPS", "Group", "Program", "build_command", "cache_key", "ensure", "program_path"]

MODULES = REPOSITORY / "devcluster" / "programs"
VERSION = "k8s.io/component-base/version."
KUBERNETES = "k8s.io/kubernetes/cmd/"
# Without the stamp the API server believes that it is 0.0.0, and refuses things.
KUBERNETES_STAMP = (
    f"-X {VERSION}gitVersion=v1.36.3 -X {VERSION}gitMajor=1 "
    f"-X {VERSION}gitMinor=36 -X {VERSION}gitTreeState=clean"
)


@dataclass(frozen=True)
class Program:
    """One executable."""

    name: str
    """Its file name in the cache."""
    package: str
    """The Go package of its main function."""
    built_as: str | None = None
    """What Go calls the file, where that differs."""


@dataclass(frozen=True)
class Group:
    """Programs that are needed at the same time, and so are built by one command."""

    name: str
    """The group's name on the command line."""
    module: str
    """The directory of its go.mod."""
    programs: tuple[Program, ...]
    """What it consists of."""
    expected_s: float
    """Seconds to build it on two cores with nothing cached."""
    stamp: str = ""
    """Variables that the linker sets."""
    tags: str = ""
    """Build tags."""
    cgo: bool = False
    """Whether it is linked with C; a program for an image without files must not be."""


GROUPS = (
    Group("etcd", "etcd", (Program("etcd", "go.etcd.io/etcd/server/v3", "server"),), 50),
    Group(
        "apiserver",
        "kubernetes",
        (
            Program("kube-apiserver", f"{KUBERNETES}kube-apiserver"),
            Program("kubectl", f"{KUBERNETES}kubectl"),
        ),
        220,
        stamp=KUBERNETES_STAMP,
    ),
    Group(
        "containerd",
        "containerd",
        tuple(
            Program(name, f"github.com/containerd/containerd/v2/cmd/{name}")
            for name in ("containerd", "containerd-shim-runc-v2", "ctr")
        ),
        50,
    ),
    Group(
        "runc",
        "runc",
        (Program("runc", "github.com/opencontainers/runc"),),
        10,
        tags="seccomp",
        cgo=True,
    ),
    Group(
        "controllers",
        "kubernetes",
        tuple(
            Program(name, f"{KUBERNETES}{name}")
            for name in ("kube-controller-manager", "kube-scheduler")
        ),
        70,
        stamp=KUBERNETES_STAMP,
    ),
    Group(
        "agents",
        "kubernetes",
        tuple(Program(name, f"{KUBERNETES}{name}") for name in ("kubelet", "kube-proxy")),
        60,
        stamp=KUBERNETES_STAMP,
    ),
    Group("coredns", "coredns", (Program("coredns", "github.com/coredns/coredns"),), 100),
)


def program_path(cache: Path, name: str) -> Path:
    """Return where the program *name* is once its group is built."""
    group = next(group for group in GROUPS if any(name == one.name for one in group.programs))
    return _directory(cache, group) / name


def ensure(cache: Path, group: Group) -> None:
    """Build *group* unless the cache has it."""
    target = _directory(cache, group)
    if target.exists():
        return
    lock = target.with_name(f"{group.name}.lock")
    with exclusive(lock, busy=f"another command builds {group.name}; waiting"):
        if not target.exists():
            _build(cache, group, target)


def cache_key(group: Group, modules: Path = MODULES) -> str:
    """Return a word that changes whenever the programs of *group* would."""
    digest = hashlib.sha256()
    for file in ("go.mod", "go.sum"):
        digest.update((modules / group.module / file).read_bytes())
    digest.update(repr((group, platform.machine())).encode())
    return digest.hexdigest()[:12]


def build_command(go: str, group: Group, output: Path) -> list[str]:
    """Return the command that builds *group* into the directory *output*."""
    tags = ["-tags", group.tags] if group.tags else []
    linker = f"-s -w {group.stamp}".rstrip()
    packages = [program.package for program in group.programs]
    flags = ["-trimpath", "-buildvcs=false", *tags, "-ldflags", linker]
    return [go, "build", *flags, "-o", f"{output}/", *packages]


def _directory(cache: Path, group: Group) -> Path:
    return cache / "programs" / f"{group.name}-{cache_key(group)}"


def _build(cache: Path, group: Group, target: Path) -> None:
    go = find_go(cache)
    # What a killed build left has the same prefix, and the lock says that nobody uses it.
    for leftover in target.parent.glob(f".{group.name}-*"):
        shutil.rmtree(leftover)
    output = Path(tempfile.mkdtemp(prefix=f".{group.name}-", dir=target.parent))
    names = ", ".join(program.name for program in group.programs)
    with progress.step(f"building {names}", expected_s=group.expected_s):
        run(
            tether(build_command(go, group, output)),
            directory=MODULES / group.module,
            environment={
                "CGO_ENABLED": "1" if group.cgo else "0",
                "GOFLAGS": "",
                "GOTOOLCHAIN": "local",
                "GOWORK": "off",
            },
        )
    for program in group.programs:
        (output / (program.built_as or program.name)).rename(output / program.name)
    output.chmod(0o755)
    output.rename(target)
