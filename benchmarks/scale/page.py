"""The figures for people: what is claimed, a page and a picture."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from matplotlib.figure import Figure

from benchmarks.report import Claim

Figures = Mapping[str, Any]

MAX_CREATE_RATIO = 1.3
MAX_CHANGE_RATIO = 1.5
MAX_STATUS_WRITES = 2.0
MAX_READS = 1.0
MEMORY = ((1500, 200.0), (5000, 350.0))
"""So many ModelSpecs at most, and megabytes of resident memory."""

_COLUMNS = (
    *("ModelSpecs", "create s, bare", "ours", "change s, bare", "ours"),
    *("restart s", "CPU s of a restart", "memory MB"),
)
_OURS, _THEIRS = "#1f6feb", "#b8bec8"


def claims(figures: Figures) -> list[Claim]:
    """Return what is claimed."""
    found = []
    for count in _counts(figures):
        of = f"of {count}"
        if count >= 300:  # noqa: PLR2004  # fewer are over before they are measured
            create, change = _ratio(figures, count, "create"), _ratio(figures, count, "change")
            found.append(Claim(f"creating, ours / bare, {of}", create, MAX_CREATE_RATIO))
            found.append(Claim(f"changing, ours / bare, {of}", change, MAX_CHANGE_RATIO))
        asked = _median(figures, count, "createRequests")
        status = asked.get("PATCH modelspecs/status", 0)
        reads = sum(value for key, value in asked.items() if key.startswith("GET"))
        found.append(Claim(f"status writes of a create, {of}", status, MAX_STATUS_WRITES))
        found.append(Claim(f"reads of a create, {of}", round(reads, 2), MAX_READS))
        runs = _runs(figures, count)
        restart = max(run["ours"]["restartWrites"] for run in runs)
        found.append(Claim(f"writes of a restart and a quiet minute, {of}", restart, 0))
        for most, megabytes in MEMORY:
            if count <= most:
                memory = median(run["ours"]["memory"] for run in runs)
                found.append(Claim(f"resident memory in MB, {of}", round(memory), megabytes))
                break
    return found


def describe(figures: Figures, found: Sequence[Claim]) -> str:
    """Return the page in Markdown."""
    machine = figures["machine"]
    counts = _counts(figures)
    setting = (
        f"{figures['date']}; {machine['processor']}, {machine['cores']} cores, which the API"
        f" server, etcd, the operator and the writers share; {machine['system']}; Python"
        f" {machine['python']}. A real API server without nodes; a part of the benchmark says"
        " of each Deployment that its pods are ready, for both sides. *Bare* writes the same"
        " objects and statuses, eight at once, knowing in advance what they are; it posts no"
        " Events. The operator's limit of requests is raised so that it does not bind."
    )
    return "\n".join(
        [
            "# The operator: many ModelSpecs",
            "",
            setting,
            "",
            "![Seconds until all is served](operator.svg)",
            "",
            "| claim | found | bound | |",
            "|---|---:|---:|---|",
            *_claims(found),
            "",
            f"| {' | '.join(_COLUMNS)} |",
            f"{'|---:' * len(_COLUMNS)}|",
            *(_row(figures, count) for count in counts),
            "",
            f"Requests for each ModelSpec, of {counts[-1]}:",
            "",
            "| request | create | change |",
            "|---|---:|---:|",
            *_requests(figures, counts[-1]),
            "",
        ]
    )


def plot(figures: Figures, target: Path) -> None:
    """Draw how long it takes until all is served, by how many there are."""
    figure = Figure(figsize=(7, 3), layout="constrained")
    counts = _counts(figures)
    for axes, work in zip(figure.subplots(1, 2), ("create", "change"), strict=True):
        for who, color in (("bare", _THEIRS), ("ours", _OURS)):
            times = [_seconds(figures, count, who, work) for count in counts]
            axes.plot(counts, times, marker="o", color=color, label=who)
        axes.set(title=work, xlabel="ModelSpecs", ylabel="seconds", xlim=0, ylim=0)
        axes.legend(frameon=False)
    figure.savefig(target, metadata={"Date": None})


def _claims(found: Sequence[Claim]) -> Iterator[str]:
    for claim in found:
        verdict = "holds" if claim.holds else "**missed**"
        yield f"| {claim.text} | {claim.found:.3g} | {claim.bound:.3g} | {verdict} |"


def _row(figures: Figures, count: int) -> str:
    times = [
        f"{_seconds(figures, count, who, work):.1f}"
        for work in ("create", "change")
        for who in ("bare", "ours")
    ]
    runs = [run["ours"] for run in _runs(figures, count)]
    rest = [f"{median(run[key] for run in runs):.1f}" for key in ("restart", "cpu")]
    memory = f"{median(run['memory'] for run in runs):.0f}"
    return f"| {' | '.join([str(count), *times, *rest, memory])} |"


def _requests(figures: Figures, count: int) -> Iterator[str]:
    create = _median(figures, count, "createRequests")
    change = _median(figures, count, "changeRequests")
    for key in sorted({*create, *change}):
        yield f"| {key} | {create.get(key, 0):.3g} | {change.get(key, 0):.3g} |"


def _counts(figures: Figures) -> list[int]:
    return sorted({run["count"] for run in figures["runs"]})


def _runs(figures: Figures, count: int) -> list[Any]:
    return [run for run in figures["runs"] if run["count"] == count]


def _seconds(figures: Figures, count: int, who: str, work: str) -> float:
    return float(median(run[who][work] for run in _runs(figures, count)))


def _ratio(figures: Figures, count: int, work: str) -> float:
    return float(median(run["ours"][work] / run["bare"][work] for run in _runs(figures, count)))


def _median(figures: Figures, count: int, key: str) -> dict[str, float]:
    runs = [run["ours"][key] for run in _runs(figures, count)]
    return {name: median(run.get(name, 0) for run in runs) for run in runs for name in run}
