"""The figures for people: a page and a picture."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.report import Claim

Figures = Mapping[str, Any]

_COLUMNS = (
    *("server", "CPU us/request", "p50 us, 1 connection", "p99", "p50 us, 16", "p99"),
    *("requests/s, 16", "memory MB", "start s"),
)

_OURS, _THEIRS = "#1f6feb", "#b8bec8"


def describe(figures: Figures, claims: Sequence[Claim]) -> str:
    """Return the page in Markdown."""
    machine = figures["machine"]
    setting = (
        f"{figures['date']}; {machine['processor']}, {machine['cores']} cores,"
        f" {machine['system']}; Python {machine['python']}. Servers pinned to one core, wrk to"
        f" another; medians of {figures['rounds']} rounds; ratios are formed within a round."
    )
    return "\n".join(
        [
            "# Serving: what a request costs",
            "",
            setting,
            "",
            "![Processor time of a request](serving.svg)",
            "",
            "| claim | found | bound | |",
            "|---|---:|---:|---|",
            *_claims(claims),
            "",
            f"| {' | '.join(_COLUMNS)} |",
            f"|---{'|---:' * (len(_COLUMNS) - 1)}|",
            *_servers(figures["servers"]),
            "",
            *_stall(figures["stall"]),
        ]
    )


def _claims(claims: Sequence[Claim]) -> Iterator[str]:
    for claim in claims:
        verdict = "holds" if claim.holds else "**missed**"
        yield f"| {claim.text} | {claim.found:.3g} | {claim.bound:.3g} | {verdict} |"


def _servers(servers: Mapping[str, Any]) -> Iterator[str]:
    for name, found in servers.items():
        one, many = found["c1"], found["c16"]
        cells = [
            *(many["cpu"], one["p50"], one["p99"], many["p50"], many["p99"], many["perSecond"]),
            found["pssMegabytes"],
        ]
        listed = " | ".join(f"{cell:.0f}" for cell in cells)
        yield f"| {name} | {listed} | {found['startSeconds']:.2f} |"


def _stall(stall: Mapping[str, float] | None) -> list[str]:
    if stall is None:
        return []
    text = (
        f"While another client sends batches of 1000 rows, a single row takes"
        f" {stall['p50Milliseconds']:.1f} ms in the median, {stall['p99Milliseconds']:.1f} ms at"
        f" the 99th percentile, {stall['maxMilliseconds']:.1f} ms at most"
        f" ({stall['aloneMilliseconds']:.2f} ms alone)."
    )
    return [text, ""]


def plot(figures: Figures, path: Path) -> None:
    """Draw the processor time of a request."""
    servers = figures["servers"]
    names = sorted(servers, key=lambda name: -float(servers[name]["c16"]["cpu"]))
    values = [servers[name]["c16"]["cpu"] for name in names]
    figure = Figure(figsize=(8, 0.5 * len(names) + 1))
    axes = figure.subplots()
    colors = [_OURS if name.startswith("ours") else _THEIRS for name in names]
    bars = axes.barh(names, values, color=colors)
    axes.bar_label(bars, [f"{value:.0f}" for value in values], padding=4)
    axes.set_xlabel("processor time of a request, us; 16 connections")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
