"""The 100 raw fields of a payment: name, type, and the source that a caller asks for it."""

from typing import NamedTuple


class Field(NamedTuple):
    """One raw field."""

    name: str
    type: str
    """As a specification spells it."""

    source: str
    """Fields of one source are missing together."""

    length: int | None = None
    """Most characters of a text."""


_COUNTS = {
    "velocity": "txn_cnt_10m txn_cnt_1h txn_cnt_24h txn_cnt_7d txn_cnt_30d",
    "profile": "acct_merchant_cnt acct_device_cnt acct_address_cnt acct_reports loyalty_points",
    "device": "device_cnt_10m device_cnt_1h device_cnt_24h device_accounts screen_width",
    "address": "ip_cnt_1h ip_cnt_24h ip_accounts",
    "merchant": "merchant_cnt_1h merchant_cnt_24h",
    "session": "failed_logins_24h pages_viewed",
    "order": "item_count order_number",
}

_AMOUNTS = {
    "request": "amount",
    "order": "shipping_cost discount",
    "velocity": "amt_sum_1h amt_sum_24h amt_sum_7d amt_sum_30d minutes_since_last",
    "profile": (
        "avg_amt_7d avg_amt_30d std_amt_30d max_amt_30d acct_device_days acct_address_days"
        " password_age_days phone_age_days mail_age_days"
    ),
    "device": "device_amt_24h device_days device_score battery_level",
    "address": "ip_amt_24h ip_score ip_distance_km ship_distance_km",
    "merchant": (
        "merchant_avg_amt_30d merchant_std_amt_30d merchant_small_24h merchant_reports_90d"
        " merchant_risk"
    ),
    "bureau": "bureau_score credit_limit limit_used balance",
    "session": "session_seconds typing_speed",
}

_TEXTS = {
    "mcc": 8,
    "merchant_group": 24,
    "merchant_id": 16,
    "merchant_country": 8,
    "merchant_city": 48,
    "acquirer": 24,
    "terminal": 16,
    "card_brand": 24,
    "card_product": 32,
    "issuer": 24,
    "bin_country": 8,
    "home_country": 8,
    "home_region": 16,
    "postal_area": 16,
    "ip_country": 8,
    "ip_network": 16,
    "device_system": 24,
    "device_model": 32,
    "browser": 24,
    "language": 16,
    "channel": 24,
    "payment_method": 24,
    "goods": 32,
    "referrer": 24,
    "campaign": 24,
}

NUMBERS = (
    *(Field(n, "Int64", source) for source, names in _COUNTS.items() for n in names.split()),
    *(Field(n, "Float64", source) for source, names in _AMOUNTS.items() for n in names.split()),
)

CATEGORIES = tuple(Field(name, "String", "request", length) for name, length in _TEXTS.items())

FLAGS = tuple(
    Field(name, "Bool", "request")
    for name in (
        "is_recurring",
        "is_strong_auth",
        "cvv_matches",
        "address_matches",
        "ships_to_home",
        "is_gift",
        "is_guest",
        "mail_verified",
        "phone_verified",
        "is_proxy",
    )
)

OTHERS = (
    Field("event_time", "Timestamp", "request"),
    Field("account_created_time", "Timestamp", "profile"),
    Field("last_login_ms", "Int64", "session"),
    Field("email", "String", "request", 64),
    Field("device", "String", "request", 24),
)

FIELDS = (*NUMBERS, *CATEGORIES, *FLAGS, *OTHERS)

SOURCES = {field.name: field.source for field in FIELDS}

REQUIRED = ("amount", "event_time")
"""What a payment cannot do without."""
