"""A million rows of six features: the executor for columns beside Polars, each on one thread.

``POLARS_MAX_THREADS=1 python -m benchmarks.columns`` prints the figures as JSON. Both sides start
with the same data and end with a float32 matrix.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.timing import interleave, pin_to_one_core, ratio
from modelspec.compiler.columns import compute_columns
from modelspec.compiler.frames import read_columns
from modelspec.compiler.tensors import transform
from modelspec.expressions.murmurhash import murmurhash3
from modelspec.expressions.parameters import Edges, Key, LookupTable, Parameter
from modelspec.expressions.program import DerivedFeature, Program, RawFeature, build_program
from modelspec.expressions.types import FLOAT64, Boundary, Kind, string

ROWS = 1_000_000
ROUNDS = 7
SEED = 20261122
BUCKETS = 1024

Arrays: TypeAlias = dict[str, NDArray[Any]]

FEATURES = (
    RawFeature("amount", FLOAT64, required=True),
    RawFeature("avg_amt_30d", FLOAT64.optional()),
    RawFeature("acct_age_days", FLOAT64.optional()),
    RawFeature("mcc", string(4).optional()),
    RawFeature("email_domain", string(254).optional()),
    RawFeature("bin_country", string(2).optional()),
    RawFeature("ip_country", string(2).optional()),
)

TEXTS: Mapping[str, str] = {
    "amt_ratio": "coalesce(amount / avg_amt_30d, 0.0)",
    "amt_log": "clip(log1p(amount), 0.0, 12.0)",
    "amt_clipped": "clip(amount, 0.0, 12.0)",
    "acct_age_bin": "bucketize(acct_age_days, acct_age_edges)",
    "mcc_te": "lookup(mcc, mcc_risk)",
    "domain_bucket": f'hash_bucket(concat(lower(email_domain), "|", bin_country), {BUCKETS})',
    "young_abroad": (
        "indicator((is_null(acct_age_days) or acct_age_days < 7)"
        " and amount > 500 and bin_country != ip_country)"
    ),
}

EXACT = ("amt_ratio", "amt_clipped", "acct_age_bin", "mcc_te", "domain_bucket", "young_abroad")
"""The six features with no function of class R: without the logarithm."""

WITH_LOG = ("amt_ratio", "amt_log", "acct_age_bin", "mcc_te", "domain_bucket", "young_abroad")

EDGES = (1.0, 7.0, 30.0, 90.0, 365.0)
RISK: dict[Key, float] = {
    f"{4000 + code}": round(0.001 + code % 97 / 1000, 3) for code in range(300)
}
OTHER_RISK = 0.0131

PARAMETERS: Mapping[str, Parameter] = {
    "acct_age_edges": Edges(EDGES),
    "mcc_risk": LookupTable(Kind.STRING, RISK, default=OTHER_RISK),
}


@dataclass(frozen=True)
class Data:
    """The same rows in the three forms that people have."""

    arrays: Arrays
    """NumPy; texts are Python objects, NaN and ``None`` are missing."""

    polars: pl.DataFrame
    arrow: Any


def main() -> None:
    """Measure, and print the figures."""
    pin_to_one_core()
    print(json.dumps(measure()))


def measure() -> dict[str, Any]:
    """Return the figures in milliseconds, and what was verified."""
    if pl.thread_pool_size() != 1:
        raise SystemExit("start this with POLARS_MAX_THREADS=1: one thread against one thread")
    program = _program()
    usual, rich = generate(domains=2_000), generate(domains=100_000)
    return {
        "rows": ROWS,
        "exact": _compare(program, usual, EXACT),
        "withLog": _compare(program, usual, WITH_LOG),
        "manyDomains": _compare_frames(program, rich, EXACT),
        "features": _each_feature(program, usual),
        "agreement": _agreement(program, usual),
    }


def _program() -> Program:
    derived = [DerivedFeature(name, text, Boundary.FLOAT32) for name, text in TEXTS.items()]
    return build_program(FEATURES, derived, PARAMETERS)


def generate(domains: int) -> Data:
    """Return payments whose e-mail addresses are at so many domains, some far more often."""
    rng = np.random.default_rng(SEED)
    countries = [f"{chr(65 + code // 8)}{chr(65 + code % 8)}" for code in range(60)]
    hosts = [f"{'Mail' if code % 3 else 'mail'}{code}.Example" for code in range(domains)]
    issued = rng.integers(0, len(countries), ROWS)
    seen = np.where(rng.random(ROWS) < 0.8, issued, rng.integers(0, len(countries), ROWS))  # noqa: PLR2004  # a share
    arrays: Arrays = {
        "amount": rng.lognormal(4, 1.3, ROWS).round(2),
        "avg_amt_30d": _holes(rng.poisson(3, ROWS) * 17.25, 0.15, rng),
        "acct_age_days": _holes(rng.exponential(200, ROWS).round(), 0.1, rng),
        "mcc": _texts([*map(str, RISK), "9998"], rng.integers(0, len(RISK) + 1, ROWS), rng),
        "email_domain": _texts(hosts, (domains * rng.random(ROWS) ** 2).astype(np.int64), rng),
        "bin_country": _texts(countries, issued, rng),
        "ip_country": _texts(countries, seen, rng),
    }
    frame = frame_of(arrays)
    return Data(arrays, frame, frame.to_arrow())


def _holes(values: NDArray[Any], share: float, rng: np.random.Generator) -> NDArray[Any]:
    return np.where(rng.random(ROWS) < share, np.nan, values)


def _texts(levels: Sequence[str], codes: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    table = np.array([*levels, None], dtype=object)
    return table[np.where(rng.random(ROWS) < 0.02, len(levels), codes)]  # noqa: PLR2004  # a share


def frame_of(arrays: Arrays) -> pl.DataFrame:
    """Return NumPy's arrays as Polars takes them in; NaN becomes null."""
    columns = {
        name: pl.Series(array.tolist(), dtype=pl.String) if array.dtype == object else array
        for name, array in arrays.items()
    }
    return pl.DataFrame(columns).fill_nan(None)


def polars_expressions() -> dict[str, pl.Expr]:
    """Return the features in Polars; where there is a choice, in its quickest way.

    Polars has no MurmurHash3: it is given its own hash, which favours it. Sums of comparisons are
    quicker than ``cut`` and ``search_sorted`` with so few edges.
    """
    amount, average, age = pl.col("amount"), pl.col("avg_amt_30d"), pl.col("acct_age_days")
    lowered = pl.col("email_domain").str.to_lowercase()
    key = pl.concat_str([lowered, pl.lit("|"), pl.col("bin_country")])
    no_average = average.is_null() | (average == 0)
    young = age.is_null() | (age < 7)  # noqa: PLR2004  # days
    abroad = pl.col("bin_country") != pl.col("ip_country")
    large = amount > 500  # noqa: PLR2004  # an amount
    return {
        "amt_ratio": pl.when(no_average).then(0.0).otherwise(amount / average),
        "amt_log": amount.log1p().clip(0.0, 12.0),
        "amt_clipped": amount.clip(0.0, 12.0),
        "acct_age_bin": pl.sum_horizontal(
            [(age >= edge).cast(pl.UInt8) for edge in EDGES], ignore_nulls=False
        ),
        "mcc_te": pl.col("mcc").replace_strict(RISK, default=OTHER_RISK, return_dtype=pl.Float64),
        "domain_bucket": key.hash(7) % BUCKETS,
        "young_abroad": (young & large & abroad).fill_null(value=False),
    }


def by_polars(frame: pl.DataFrame, names: Sequence[str]) -> NDArray[np.float32]:
    """Return the named features as Polars computes them."""
    expressions = polars_expressions()
    wanted = [expressions[name].cast(pl.Float32).alias(name) for name in names]
    return frame.lazy().select(wanted).collect().to_numpy(order="c")


def _compare(program: Program, data: Data, names: Sequence[str]) -> dict[str, Any]:
    """Return the times from three kinds of data to a matrix, and their ratios."""
    times = interleave(
        {
            "oursPolars": lambda: transform(program, data.polars, names),
            "polarsPolars": lambda: by_polars(data.polars, names),
            "oursArrow": lambda: transform(program, data.arrow, names),
            "polarsArrow": lambda: by_polars(_frame_of_arrow(data.arrow), names),
            "oursNumpy": lambda: transform(program, data.arrays, names),
            "polarsNumpy": lambda: by_polars(frame_of(data.arrays), names),
        },
        ROUNDS,
    )
    return {
        kind: {
            "ours": times[f"ours{kind}"]["median"],
            "polars": times[f"polars{kind}"]["median"],
            "ratio": ratio(times[f"ours{kind}"], times[f"polars{kind}"]),
        }
        for kind in ("Polars", "Arrow", "Numpy")
    }


def _frame_of_arrow(table: Any) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  # a table is no series
    return frame


def _compare_frames(program: Program, data: Data, names: Sequence[str]) -> dict[str, float]:
    times = interleave(
        {
            "ours": lambda: transform(program, data.polars, names),
            "polars": lambda: by_polars(data.polars, names),
        },
        ROUNDS,
    )
    medians = {name: measured["median"] for name, measured in times.items()}
    return {**medians, "ratio": ratio(times["ours"], times["polars"])}


def _each_feature(program: Program, data: Data) -> dict[str, dict[str, float]]:
    """Return what each feature takes when the columns have been read, and the reading itself."""
    columns = read_columns(data.polars, FEATURES)
    functions: dict[str, Callable[[], Any]] = {
        "reading": lambda: read_columns(data.polars, FEATURES)
    }
    for name in TEXTS:
        functions[f"ours {name}"] = _one_of_ours(program, columns, name)
        functions[f"polars {name}"] = _one_of_polars(data.polars, name)
    times = interleave(functions, ROUNDS)
    return {
        "reading": {"ours": times["reading"]["median"]},
        **{
            name: {
                "ours": times[f"ours {name}"]["median"],
                "polars": times[f"polars {name}"]["median"],
            }
            for name in TEXTS
        },
    }


def _one_of_ours(program: Program, columns: Mapping[str, Any], name: str) -> Callable[[], Any]:
    return lambda: compute_columns(program, columns, [name])


def _one_of_polars(frame: pl.DataFrame, name: str) -> Callable[[], Any]:
    return lambda: frame.lazy().select(polars_expressions()[name]).collect()


def _agreement(program: Program, data: Data) -> dict[str, int]:
    """Return how many float32 cells differ from those of Polars, feature by feature.

    Of the buckets, which must differ, those are counted that are not MurmurHash3's.
    """
    ours, theirs = (
        transform(program, data.polars, list(TEXTS)),
        by_polars(data.polars, list(TEXTS)),
    )
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    differing = dict(zip(TEXTS, (~same).sum(axis=0).tolist(), strict=True))
    buckets = ours[:, list(TEXTS).index("domain_bucket")]
    return {**differing, "domain_bucket": _wrong_buckets(data.arrays, buckets)}


def _wrong_buckets(arrays: Arrays, buckets: NDArray[np.float32]) -> int:
    wrong = 0
    known: dict[str, int] = {}
    pairs = zip(arrays["email_domain"], arrays["bin_country"], buckets.tolist(), strict=True)
    for domain, country, bucket in pairs:
        if domain is None or country is None:
            wrong += bucket == bucket  # noqa: PLR0124  # NaN is right
            continue
        key = f"{domain.lower()}|{country}"
        if key not in known:
            known[key] = murmurhash3(key, 0) % BUCKETS
        wrong += known[key] != bucket
    return wrong


if __name__ == "__main__":
    main()
