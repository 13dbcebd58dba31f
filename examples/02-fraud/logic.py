"""The logic of the fraud model: from the 100 fields of a payment to the 200 inputs of a model.

Every group of inputs is declared by one function. What a fit has to find, as medians, scales,
edges and mean targets, is declared where it is used; the expressions stay the same on a refit.
"""

from collections.abc import Callable

from payments.fields import CATEGORIES, FIELDS, FLAGS, NUMBERS, REQUIRED

import modelspec as ms
from modelspec.notebook.symbols import Symbol

TYPES = {
    "Bool": ms.Bool,
    "Float64": ms.Float64,
    "Int64": ms.Int64,
    "String": ms.String,
    "Timestamp": ms.Timestamp,
}

FLAGGED = (
    *("avg_amt_7d", "avg_amt_30d", "std_amt_30d", "minutes_since_last", "txn_cnt_1h"),
    *("txn_cnt_30d", "acct_device_cnt", "acct_reports", "device_score", "device_cnt_1h"),
    *("device_days", "ip_score", "ip_distance_km", "merchant_avg_amt_30d", "merchant_risk"),
    *("bureau_score", "credit_limit", "balance", "session_seconds", "failed_logins_24h"),
)
"""Numbers of which the model is told whether they are missing."""

LOGGED = (
    *("amount", "amt_sum_1h", "amt_sum_24h", "amt_sum_7d", "amt_sum_30d", "avg_amt_7d"),
    *("avg_amt_30d", "std_amt_30d", "max_amt_30d", "device_amt_24h", "ip_amt_24h"),
    *("merchant_avg_amt_30d", "merchant_std_amt_30d", "ip_distance_km", "ship_distance_km"),
    *("credit_limit", "balance", "session_seconds", "minutes_since_last", "discount"),
)

RATIOS = (
    ("amount", "avg_amt_30d"),
    ("amount", "avg_amt_7d"),
    ("amount", "max_amt_30d"),
    ("amount", "merchant_avg_amt_30d"),
    ("amount", "credit_limit"),
    ("amount", "balance"),
    ("amt_sum_1h", "amt_sum_24h"),
    ("amt_sum_24h", "amt_sum_7d"),
    ("amt_sum_7d", "amt_sum_30d"),
    ("txn_cnt_1h", "txn_cnt_24h"),
    ("txn_cnt_24h", "txn_cnt_7d"),
    ("device_cnt_24h", "device_accounts"),
    ("ip_cnt_24h", "ip_accounts"),
    ("shipping_cost", "amount"),
    ("discount", "amount"),
)

EDGES = {
    "amount": ("1", "10", "50", "100", "250", "500", "1000"),
    "account_days": ("1", "7", "30", "90", "365"),
}
"""Bins that people have agreed on, with their edges."""

BINNED = ("password_age_days", "bureau_score", "acct_device_days")
"""Numbers with bins that a fit finds."""

ONE_HOT = {
    "card_brand": (
        *("visa", "mastercard", "amex", "maestro", "jcb", "diners", "unionpay", "dankort"),
        *("girocard", "bancontact"),
    ),
    "channel": (
        *("web", "app", "pos", "mailorder", "kiosk", "recurring", "link", "phone", "wallet"),
        *("invoice",),
    ),
    "payment_method": (
        *("card", "applepay", "googlepay", "paypal", "klarna", "sepa", "sofort", "ideal"),
        *("bizum", "swish"),
    ),
}

ENCODED = tuple(field.name for field in CATEGORIES if field.name not in ONE_HOT)
"""Categories that are encoded by their mean target."""

CROSSES = (
    ("mcc", "channel"),
    ("card_brand", "bin_country"),
    ("ip_country", "home_country"),
    ("device", "payment_method"),
)

COMBINATIONS = {
    "ip_is_abroad": "lower(trim(ip_country)) != lower(trim(home_country))",
    "foreign_card_large": (
        "lower(trim(bin_country)) != lower(trim(home_country)) and amount > 200.0"
    ),
    "new_device_young": "acct_device_cnt == 0 and account_days < 30.0",
    "hidden_and_weak": "is_proxy and not is_strong_auth",
    "sent_elsewhere": "not (address_matches or ships_to_home)",
    "gifts_at_night": (
        'lower(trim(merchant_group)) in ["gifts", "digital", "money"] and local_hour < 6'
    ),
}

SMOOTHING = 300.0
"""How many payments of the overall rate every level is given. Of 300 payments one is fraud: with
fewer, a level with one fraud would look like nothing but fraud."""

CLOCK = "Europe/Berlin"
"""Where the people who pay look at the clock."""


def build_spec() -> ms.Spec:
    """Return the specification, with nothing fitted yet."""
    spec = ms.Spec("checkout-fraud")
    for field in FIELDS:
        spec.feature(
            field.name,
            TYPES[field.type],
            required=field.name in REQUIRED,
            max_length=field.length,
        )
    spec.derive("account_days", ms.Float64, "days_between(account_created_time, event_time)")
    spec.derive("local_hour", ms.Int64, f'hour(event_time, tz="{CLOCK}")')
    spec.inputs = [name for declare in GROUPS for name in declare(spec)]
    return spec


def key_of(spec: ms.Spec, name: str) -> Symbol:
    """Return a category as tables know it: without blanks, in small letters."""
    key: Symbol = ms.lower(ms.trim(spec[name]))
    return key


def scaled(spec: ms.Spec) -> list[str]:
    """Declare every number, with its median where it is missing, on a common scale."""
    for name in (field.name for field in NUMBERS):
        median = spec.fit.impute(f"{name}_median", spec[name], "median")
        known = spec.derive(f"{name}_known", ms.Float64, ms.impute(spec[name], median))
        scale = spec.fit.mean_std(f"{name}_scale", known)
        spec.derive(f"{name}_scaled", ms.Float32, ms.affine(known, scale))
    return [f"{field.name}_scaled" for field in NUMBERS]


def missing(spec: ms.Spec) -> list[str]:
    """Declare which numbers are missing."""
    for name in FLAGGED:
        spec.derive(f"{name}_missing", ms.Float32, ms.indicator(ms.is_null(spec[name])))
    return [f"{name}_missing" for name in FLAGGED]


def logged(spec: ms.Spec) -> list[str]:
    """Declare logarithms of amounts."""
    for name in LOGGED:
        text = f"log1p(clip({name}_known, 0.0, 1000000.0))"
        spec.derive(f"{name}_log", ms.Float32, text)
    return [f"{name}_log" for name in LOGGED]


def ratios(spec: ms.Spec) -> list[str]:
    """Declare ratios; -1 where there is none."""
    for above, below in RATIOS:
        share = ms.coalesce(spec[above] / spec[below], -1.0)
        spec.derive(f"{above}_per_{below}", ms.Float32, share)
    return [f"{above}_per_{below}" for above, below in RATIOS]


def binned(spec: ms.Spec) -> list[str]:
    """Declare bins, with edges that people know or that a fit finds."""
    for name, edges in EDGES.items():
        spec.parameter(f"{name}_edges", {"type": "Edges", "edges": {"values": list(edges)}})
        text = f"coalesce(bucketize({name}, {name}_edges), -1)"
        spec.derive(f"{name}_bin", ms.Float32, text)
    for name in BINNED:
        known = spec[f"{name}_known"]
        edges_found = spec.fit.quantile_edges(f"{name}_edges", known, 8)
        spec.derive(f"{name}_bin", ms.Float32, ms.bucketize(known, edges_found))
    return [f"{name}_bin" for name in (*EDGES, *BINNED)]


def one_hot(spec: ms.Spec) -> list[str]:
    """Declare a column for each level of a few categories."""
    names = []
    for name, levels in ONE_HOT.items():
        for level in levels:
            names.append(f"{name}_is_{level}")
            spec.derive(names[-1], ms.Float32, ms.indicator(key_of(spec, name) == level))
    return names


def encoded(spec: ms.Spec) -> list[str]:
    """Declare how often each level of the other categories was fraud."""
    for name in ENCODED:
        key = key_of(spec, name)
        risks = spec.fit.target_mean(f"{name}_risks", key, SMOOTHING)
        spec.derive(f"{name}_risk", ms.Float32, ms.lookup(key, risks))
    return [f"{name}_risk" for name in ENCODED]


def crossed(spec: ms.Spec) -> list[str]:
    """Declare how often pairs of levels were fraud."""
    for a, b in CROSSES:
        key = ms.concat(key_of(spec, a), "|", key_of(spec, b))
        risks = spec.fit.target_mean(f"{a}_{b}_risks", key, SMOOTHING)
        spec.derive(f"{a}_{b}_risk", ms.Float32, ms.lookup(key, risks))
    return [f"{a}_{b}_risk" for a, b in CROSSES]


def flags(spec: ms.Spec) -> list[str]:
    """Declare truth values as numbers."""
    for name in (field.name for field in FLAGS):
        spec.derive(f"{name}_set", ms.Float32, ms.indicator(spec[name]))
    return [f"{field.name}_set" for field in FLAGS]


def combinations(spec: ms.Spec) -> list[str]:
    """Declare what people have learnt to look for."""
    for name, text in COMBINATIONS.items():
        spec.derive(name, ms.Float32, f"indicator({text})")
    return list(COMBINATIONS)


def times(spec: ms.Spec) -> list[str]:
    """Declare the time of the day and of the week, and the age of the account."""
    texts = {
        "hour_of_day": "local_hour",
        "weekday": f'day_of_week(event_time, tz="{CLOCK}")',
        "hour_sin": "cyclic_sin(local_hour, 24.0)",
        "hour_cos": "cyclic_cos(local_hour, 24.0)",
        "account_age": "coalesce(account_days, -1.0)",
    }
    for name, text in texts.items():
        spec.derive(name, ms.Float32, text)
    return list(texts)


def contacts(spec: ms.Spec) -> list[str]:
    """Declare what the mail address and the last login tell."""
    domain = ms.domain_of_email(key_of(spec, "email"))
    risks = spec.fit.target_mean("domain_risks", domain, SMOOTHING)
    spec.derive("domain_risk", ms.Float32, ms.lookup(domain, risks))
    spec.derive("email_length", ms.Float32, "coalesce(length(trim(email)), 0)")
    # A login of 1970 is none.
    age = "(epoch_seconds(event_time) - null_if(last_login_ms, 0) / 1000.0) / 3600.0"
    spec.derive("login_hours", ms.Float32, f"coalesce({age}, -1.0)")
    return ["domain_risk", "email_length", "login_hours"]


GROUPS: tuple[Callable[[ms.Spec], list[str]], ...] = (
    *(scaled, missing, logged, ratios, binned, one_hot),
    *(encoded, crossed, flags, combinations, times, contacts),
)
"""The groups of inputs in the order of the tensor's columns."""
