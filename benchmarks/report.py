"""The figures for people: a table, a verdict on what is claimed, a page and a picture."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Figures = Mapping[str, Any]

MAX_RATIO_TO_ORJSON = 2.5
MAX_BUILD_MILLISECONDS = 10.0
MAX_RATIO_TO_POLARS = 3.0

SOURCES = {"Polars": "a Polars frame", "Arrow": "an Arrow table", "Numpy": "NumPy arrays"}

_OURS, _THEIRS, _LINE = "#1f6feb", "#b8bec8", "#d1242f"


class Claim(NamedTuple):
    """Something that must hold, and what was found."""

    text: str
    found: float
    bound: float

    @property
    def holds(self) -> bool:
        """Whether the claim is true."""
        return self.found <= self.bound


def claims(figures: Figures) -> list[Claim]:
    """Return what is claimed."""
    rows, columns = figures["rows"], figures["columns"]
    compiled = rows["build"]["generateAndCompileMilliseconds"]
    return [
        Claim(
            "generated function / orjson.loads of the row",
            rows["singleton"]["ratioToOrjson"],
            MAX_RATIO_TO_ORJSON,
        ),
        Claim("ms to generate and compile it", compiled, MAX_BUILD_MILLISECONDS),
        *(
            Claim(
                f"six features from {name} / Polars, no class R",
                columns["exact"][kind]["ratio"],
                MAX_RATIO_TO_POLARS,
            )
            for kind, name in SOURCES.items()
        ),
        Claim(
            "float32 cells that differ between the executors",
            rows["agreement"]["executorsDiffer"],
            0,
        ),
        Claim(
            "float32 cells that differ from scikit-learn", rows["agreement"]["sklearnDiffers"], 0
        ),
        Claim("float32 cells that differ from Polars", sum(columns["agreement"].values()), 0),
    ]


def describe(figures: Figures) -> str:
    """Return the page in Markdown."""
    machine = figures["machine"]
    libraries = ", ".join(f"{name} {release}" for name, release in machine["libraries"].items())
    setting = (
        f"{figures['date']}; {machine['processor']}, {machine['cores']} cores,"
        f" {machine['system']}; Python {machine['python']}; {libraries}. Every process was"
        " pinned to one core. Medians; compare ratios, because the machine is shared."
    )
    return "\n".join(
        [
            "# Expressions: what they cost",
            "",
            setting,
            "",
            "![Costs of one row, and ratios for a million rows](expressions.svg)",
            "",
            *_table(("claim", "found", "bound", ""), _claim_rows(figures)),
            "",
            *_row_tables(figures["rows"]),
            "",
            *_column_tables(figures["columns"]),
            "",
        ]
    )


def _claim_rows(figures: Figures) -> Iterator[Sequence[Any]]:
    for claim in claims(figures):
        verdict = "holds" if claim.holds else "**missed**"
        yield claim.text, f"{claim.found:.3g}", f"{claim.bound:g}", verdict


def _row_tables(rows: Figures) -> list[str]:
    singleton, build = rows["singleton"]["microseconds"], rows["build"]
    sklearn, batch = rows["sklearn"], rows["batch"]
    return [
        f"## One row: 100 raw features ({rows['bodyBytes']} bytes of JSON), 200 model inputs",
        "",
        *_table(
            ("step", "us"),
            [
                *((name, f"{value:.2f}") for name, value in singleton.items()),
                ("scikit-learn, from a dict", f"{sklearn['dictToMatrixMicroseconds']:.0f}"),
                ("scikit-learn, from a frame", f"{sklearn['frameToMatrixMicroseconds']:.0f}"),
            ],
        ),
        "",
        *_table(
            ("inputs", "how many", "us"),
            [
                (name, found["outputs"], f"{found['microseconds']:.2f}")
                for name, found in rows["groups"].items()
            ],
        ),
        "",
        *_table(
            ("building", "ms"),
            [
                ("parse and check the texts", f"{build['parseAndCheckMilliseconds']:.1f}"),
                ("generate and compile", f"{build['generateAndCompileMilliseconds']:.1f}"),
                ("all from text", f"{build['fromTextMilliseconds']:.1f}"),
            ],
        ),
        "",
        *_table(
            ("batch of 1000", "us per row"), [(name, f"{us:.1f}") for name, us in batch.items()]
        ),
    ]


def _column_tables(columns: Figures) -> list[str]:
    logic = {"exact": "no class R", "withLog": "with log1p"}
    return [
        "## A million rows, six features, to float32",
        "",
        *_table(
            ("from", "functions", "ours, ms", "Polars, ms", "ratio"),
            [
                *(
                    (source, words, *_pair(columns[key][kind]))
                    for kind, source in SOURCES.items()
                    for key, words in logic.items()
                ),
                ("a Polars frame, 100 000 domains", "no class R", *_pair(columns["manyDomains"])),
            ],
        ),
        "",
        *_table(
            ("alone", "ours, ms", "Polars, ms"),
            [
                (
                    name,
                    f"{found['ours']:.1f}",
                    f"{found['polars']:.1f}" if "polars" in found else "",
                )
                for name, found in columns["features"].items()
            ],
        ),
    ]


def _pair(found: Figures) -> tuple[str, str, str]:
    return f"{found['ours']:.0f}", f"{found['polars']:.0f}", f"{found['ratio']:.2f}"


def _table(head: Sequence[str], rows: Any) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"


def draw(figures: Figures, path: Path) -> None:
    """Draw the costs of one row and the ratios for columns."""
    rcParams["svg.fonttype"] = "none"
    rcParams["svg.hashsalt"] = "modelspec"
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    _draw_rows(left, figures["rows"])
    _draw_columns(right, figures["columns"])
    figure.savefig(path, metadata={"Date": None})


def _draw_rows(axes: Axes, rows: Figures) -> None:
    costs = dict(rows["singleton"]["microseconds"])
    costs["scikit-learn pipeline"] = rows["sklearn"]["dictToMatrixMicroseconds"]
    names = sorted(costs, key=lambda name: -costs[name])
    ours = {"generated function", "bytes to tensor"}
    values = [costs[name] for name in names]
    texts = [f"{value:,.0f}" if value >= 100 else f"{value:.1f}" for value in values]  # noqa: PLR2004
    bars = axes.barh(names, values, color=[_OURS if name in ours else _THEIRS for name in names])
    axes.bar_label(bars, texts, padding=3, fontsize=8)
    axes.set_xscale("log")
    axes.set_xlim(1, max(values) * 8)
    _dress(axes, "One row: 100 features to 200 inputs, microseconds (log)")


def _draw_columns(axes: Axes, columns: Figures) -> None:
    bars = [
        (f"from {source}{words}", columns[key][kind]["ratio"])
        for key, words in (("withLog", ", log1p"), ("exact", ""))
        for kind, source in reversed(SOURCES.items())
    ]
    drawn = axes.barh([name for name, _ in bars], [value for _, value in bars], color=_OURS)
    labels = [f"{value:.2f}" for _, value in bars]
    axes.bar_label(drawn, labels, label_type="center", color="white", fontsize=8)
    axes.axvline(1, color=_THEIRS)
    axes.axvline(MAX_RATIO_TO_POLARS, color=_LINE, linestyle="--")
    bound = f" bound without log1p: {MAX_RATIO_TO_POLARS:g}"
    axes.text(MAX_RATIO_TO_POLARS, len(bars) - 0.45, bound, ha="right", color=_LINE, fontsize=8)
    axes.set_xlim(0, 1.15 * max(MAX_RATIO_TO_POLARS, *(value for _, value in bars)))
    _dress(axes, "A million rows: times as long as Polars")


def _dress(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=10, loc="left")
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
