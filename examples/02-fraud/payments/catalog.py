"""Words of the simulated world: countries, merchant categories, devices, issuers."""

from typing import NamedTuple


class Country(NamedTuple):
    """A country: how often accounts live there, where it is, and its largest city."""

    code: str
    weight: float
    hours: int
    """Ahead of UTC in winter; habits follow the winter's clock all year."""

    latitude: float
    longitude: float
    currency: str
    city: str


class Category(NamedTuple):
    """A merchant category: its usual ticket, and how often fraud goes there."""

    code: str
    group: str
    ticket: float
    """Median amount in euros."""

    spread: float
    risk: float


COUNTRIES = tuple(
    Country(*row)
    for row in (
        ("DE", 20.0, 1, 52.5, 13.4, "EUR", "Köln"),
        ("GB", 15.0, 0, 51.5, -0.1, "GBP", "London"),
        ("FR", 12.0, 1, 48.9, 2.4, "EUR", "Paris"),
        ("ES", 8.0, 1, 40.4, -3.7, "EUR", "Málaga"),
        ("IT", 8.0, 1, 41.9, 12.5, "EUR", "Milano"),
        ("NL", 5.0, 1, 52.4, 4.9, "EUR", "Den Haag"),
        ("PL", 5.0, 1, 52.2, 21.0, "PLN", "Łódź"),
        ("SE", 4.0, 1, 59.3, 18.1, "SEK", "Malmö"),
        ("NO", 3.0, 1, 59.9, 10.8, "NOK", "Tromsø"),
        ("DK", 3.0, 1, 55.7, 12.6, "DKK", "København"),
        ("CH", 3.0, 1, 46.9, 7.4, "CHF", "Zürich"),
        ("AT", 3.0, 1, 48.2, 16.4, "EUR", "Wien"),
        ("BE", 2.0, 1, 50.8, 4.4, "EUR", "Liège"),
        ("PT", 2.0, 0, 38.7, -9.1, "EUR", "São João"),
        ("GR", 1.5, 2, 38.0, 23.7, "EUR", "Αθήνα"),
        ("CZ", 1.5, 1, 50.1, 14.4, "CZK", "Plzeň"),
        ("RO", 1.0, 2, 44.4, 26.1, "RON", "Timișoara"),
        ("HU", 1.0, 1, 47.5, 19.0, "HUF", "Győr"),
        ("FI", 1.0, 2, 60.2, 24.9, "EUR", "Jyväskylä"),
        ("IE", 1.0, 0, 53.3, -6.3, "EUR", "Dún Laoghaire"),
        ("TR", 0.8, 3, 41.0, 29.0, "TRY", "İzmir"),
        ("US", 2.0, -5, 40.7, -74.0, "USD", "New York"),
        ("CA", 0.7, -5, 45.4, -75.7, "CAD", "Montréal"),
        ("MX", 0.4, -6, 19.4, -99.1, "MXN", "Mérida"),
        ("BR", 0.4, -3, -15.8, -47.9, "BRL", "São Paulo"),
        ("AR", 0.2, -3, -34.6, -58.4, "ARS", "Córdoba"),
        ("JP", 0.3, 9, 35.7, 139.7, "JPY", "東京"),
        ("KR", 0.2, 9, 37.6, 127.0, "KRW", "서울"),
        ("CN", 0.3, 8, 39.9, 116.4, "CNY", "上海"),
        ("IN", 0.4, 5, 28.6, 77.2, "INR", "Pune"),
        ("VN", 0.2, 7, 21.0, 105.8, "VND", "Đà Nẵng"),
        ("TH", 0.2, 7, 13.8, 100.5, "THB", "Bangkok"),
        ("AU", 0.3, 10, -35.3, 149.1, "AUD", "Sydney"),
        ("NZ", 0.1, 12, -41.3, 174.8, "NZD", "Ōtautahi"),
        ("ZA", 0.2, 2, -25.7, 28.2, "ZAR", "Durban"),
        ("NG", 0.2, 1, 9.1, 7.4, "NGN", "Lagos"),
        ("EG", 0.2, 2, 30.0, 31.2, "EGP", "Giza"),
        ("IL", 0.2, 2, 31.8, 35.2, "ILS", "Haifa"),
        ("UA", 0.3, 2, 50.5, 30.5, "UAH", "Львів"),
        ("IS", 0.1, 0, 64.1, -21.9, "ISK", "Reykjavík"),
    )
)

CATEGORIES = tuple(
    Category(*row)
    for row in (
        ("5411", "grocery", 32.0, 0.7, 0.1),
        ("5812", "food", 27.0, 0.6, 0.1),
        ("5814", "food", 11.0, 0.5, 0.1),
        ("5541", "fuel", 48.0, 0.4, 0.2),
        ("5912", "health", 19.0, 0.6, 0.1),
        ("5311", "retail", 55.0, 0.8, 0.3),
        ("5651", "fashion", 62.0, 0.7, 0.4),
        ("5661", "fashion", 75.0, 0.5, 0.5),
        ("5732", "electronics", 180.0, 1.0, 1.4),
        ("5734", "electronics", 90.0, 1.0, 1.1),
        ("5944", "jewelry", 210.0, 1.1, 1.5),
        ("5945", "toys", 38.0, 0.7, 0.3),
        ("5942", "books", 22.0, 0.6, 0.1),
        ("5815", "digital", 9.0, 0.8, 0.9),
        ("5816", "digital", 14.0, 1.0, 1.2),
        ("5818", "digital", 25.0, 0.9, 1.0),
        ("5947", "gifts", 45.0, 0.8, 1.3),
        ("6051", "money", 150.0, 1.1, 1.8),
        ("4829", "money", 220.0, 1.0, 1.7),
        ("7995", "gambling", 60.0, 1.2, 1.2),
        ("7011", "travel", 190.0, 0.8, 0.5),
        ("4511", "travel", 260.0, 0.8, 0.7),
        ("4121", "transport", 17.0, 0.6, 0.4),
        ("4111", "transport", 8.0, 0.6, 0.1),
        ("4814", "telecom", 24.0, 0.5, 0.8),
        ("4899", "telecom", 29.0, 0.4, 0.2),
        ("4900", "utilities", 85.0, 0.6, 0.1),
        ("5999", "retail", 40.0, 1.0, 0.6),
        ("5968", "subscription", 13.0, 0.4, 0.3),
        ("8398", "charity", 20.0, 0.9, 0.6),
        ("7372", "software", 49.0, 1.0, 0.7),
        ("7832", "leisure", 21.0, 0.4, 0.1),
        ("7997", "leisure", 44.0, 0.6, 0.1),
        ("8011", "health", 70.0, 0.9, 0.1),
        ("5200", "home", 65.0, 0.9, 0.2),
        ("5712", "home", 240.0, 0.9, 0.3),
        ("5921", "retail", 33.0, 0.7, 0.3),
        ("5977", "beauty", 41.0, 0.6, 0.4),
        ("5995", "pets", 36.0, 0.6, 0.1),
        ("9399", "public", 60.0, 0.8, 0.1),
    )
)

NEW_CATEGORY = "6540"
"""Opened during the stream: no merchant has it before."""

RARE_CATEGORIES = ("0000", "9999", "742", "MCC?")
"""What terminals send that are not set up."""

GROUPS = tuple(dict.fromkeys(category.group for category in CATEGORIES))

BRANDS = (
    *("Visa", "Mastercard", "Amex", "Maestro", "JCB", "Diners", "UnionPay", "Dankort"),
    *("Girocard", "Bancontact"),
)
PRODUCTS = tuple(
    f"{tier} {kind}"
    for tier in ("Classic", "Gold", "Platinum", "Infinite", "Business")
    for kind in ("Credit", "Debit", "Prepaid", "Charge")
)
CHANNELS = (
    *("Web", "App", "POS", "MailOrder", "Kiosk", "Recurring", "Link", "Phone", "Wallet"),
    *("Invoice",),
)
METHODS = (
    *("Card", "ApplePay", "GooglePay", "PayPal", "Klarna", "Sepa", "Sofort", "iDEAL"),
    *("Bizum", "Swish"),
)
SYSTEMS = (
    *("iOS", "Android", "Windows", "macOS", "Linux", "ChromeOS", "HarmonyOS", "Tizen"),
    *("KaiOS", "other"),
)
BROWSERS = tuple(
    f"{name} {release}"
    for name in ("Chrome", "Safari", "Firefox", "Edge", "Opera")
    for release in range(118, 123)
)
LANGUAGES = tuple(f"{country.code.lower()}-{country.code}" for country in COUNTRIES)
REFERRERS = tuple(
    f"{kind}-{n:02}" for kind in ("ad", "search", "mail", "direct") for n in range(20)
)
CAMPAIGNS = tuple(f"campaign-{n:03}" for n in range(100))
GOODS = tuple(f"{group}/{n}" for group in GROUPS for n in range(6))
ISSUERS = tuple(f"Bank {n:03}" for n in range(300))
ACQUIRERS = tuple(f"Acquirer {n:02}" for n in range(30))
TERMINALS = tuple(f"T-{n:02}" for n in range(50))
MODELS = tuple(f"Modèle {n:03}" if n % 25 == 0 else f"Model {n:03}" for n in range(250))
NETWORKS = tuple(f"AS{60_000 + n}" for n in range(500))
REGIONS = tuple(f"{c.code}-{n}" for c in COUNTRIES for n in range(3))
POSTAL = tuple(f"{c.code}-{n:02}" for c in COUNTRIES for n in range(10))
CITIES = tuple(
    f"{c.city}{district}"
    for c in COUNTRIES
    for district in ("", " Nord", " Süd", " Est", " Ouest")
)
DOMAINS = (
    *("gmail.com", "outlook.com", "web.de", "orange.fr", "libero.it", "wp.pl", "icloud.com"),
    *("yahoo.com", "proton.me", "gmx.net", "telia.se", "bluewin.ch", "ziggo.nl", "free.fr"),
    *("bücher.example", "mailbox.org", "posteo.de", "sapo.pt", "seznam.cz", "o2.pl"),
)
"""The mail of most accounts; the last of a list are rare."""

DISPOSABLE = ("temp-mail.example", "10minutes.example", "trash.example")
"""Mail that nobody keeps."""
