"""The command line: ``python -m devcluster up``."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from devcluster import guard
from devcluster.current import CurrentCluster
from devcluster.directories import (
    cache_directory,
    guard_order,
    parse_name,
    read_provider,
    state_directory,
)
from devcluster.errors import DevclusterError
from devcluster.images import build_all, find_engine
from devcluster.kind import KindCluster
from devcluster.node.cluster import NodeCluster
from devcluster.node.layout import open_layout
from devcluster.node.preparation import PARTS, prepare
from devcluster.provider import Kind, Provider, choose

__all__ = ["main"]

INTERRUPTED = 130  # what a shell reports for the signal of Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    options = build_parser().parse_args(arguments)
    try:
        for line in run_command(options):
            print(line)
    except KeyboardInterrupt:
        print("interrupted; `down` removes what was started", file=sys.stderr)
        return INTERRUPTED
    except (DevclusterError, OSError) as error:
        print(f"devcluster: {error}", file=sys.stderr)
        return 1
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(prog="python -m devcluster", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--name", default="modelspec", help="the cluster's name")
    common.add_argument("--provider", choices=[*Kind], help="default: MODELSPEC_PROVIDER")
    up = commands.add_parser("up", parents=[common], help="start; print the kubeconfig's path")
    up.add_argument("--control-plane", action="store_true", help="an API server without a node")
    up.add_argument(
        "--until-exit-of",
        type=int,
        metavar="PID",
        help="remove the cluster when this process has ended, however it ended",
    )
    commands.add_parser("down", parents=[common], help="remove the cluster and all traces")
    commands.add_parser("status", parents=[common], help="print what there is")
    commands.add_parser("kubeconfig", parents=[common], help="print the kubeconfig's path")
    commands.add_parser("build", help="build the project's images; print their names")
    load = commands.add_parser("load", parents=[common], help="make images available to pods")
    load.add_argument("image", nargs="+", help="as printed by build, or the path of an archive")
    fetch = commands.add_parser("prepare", help="fill the cache of the node provider")
    fetch.add_argument("--only", nargs="+", choices=[*PARTS], default=[*PARTS])
    return parser


def run_command(options: argparse.Namespace) -> list[str]:
    """Run the command of *options*; return what goes to the standard output."""
    match options.command:
        case "build":
            return build_all(find_engine())
        case "prepare":
            prepare(cache_directory(), options.only)
            return []
        case _:
            return run_cluster_command(options, open_provider(options))


def run_cluster_command(options: argparse.Namespace, provider: Provider) -> list[str]:
    """Run a command that is about one cluster; return what goes to the standard output."""
    match options.command:
        case "up":
            if options.until_exit_of:
                guard.post(options.name, guard_order(options.name), options.until_exit_of)
            return [str(provider.up(control_plane=options.control_plane))]
        case "down":
            guard.dismiss(guard_order(options.name))
            provider.down()
        case "status":
            return [f"{key}: {value}" for key, value in provider.status().items()]
        case "kubeconfig":
            return [str(provider.kubeconfig())]
        case "load":
            provider.load(options.image)
        case _:  # the parser lets no other word through
            raise AssertionError(options.command)
    return []


def open_provider(options: argparse.Namespace) -> Provider:
    """Return the provider that *options* ask for, or that made the cluster which exists."""
    name = parse_name(options.name)
    state = state_directory(name)
    recorded = read_provider(state)
    if options.command != "up":
        return _open(choose(options.provider, recorded=recorded), name, state)
    kind = choose(options.provider, recorded=None)
    if recorded and kind not in {Kind.CURRENT, recorded}:
        raise DevclusterError(
            f"the cluster {name} was made by the provider {recorded} (remove it first: python -m "
            f"devcluster down --name {name}; or choose another --name)"
        )
    return _open(kind, name, state)


def _open(kind: Kind, name: str, state: Path) -> Provider:
    match kind:
        case Kind.CURRENT:
            return CurrentCluster(os.environ)
        case Kind.KIND:
            return KindCluster(name, state)
        case Kind.NODE:
            return NodeCluster(open_layout(name))


if __name__ == "__main__":
    sys.exit(main())
