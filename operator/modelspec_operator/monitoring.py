"""What the operator counts about itself, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

_PREFIX = "modelspec_operator"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

RECONCILES = Counter(
    f"{_PREFIX}_reconciles", "Passes over one ModelSpec, by how they ended.", ["result"]
)
RECONCILE_SECONDS = Histogram(
    f"{_PREFIX}_reconcile_duration_seconds", "How long a pass took.", buckets=_SECONDS
)
WRITES = Counter(
    f"{_PREFIX}_writes", "Objects written to bring a cluster closer.", ["verb", "kind"]
)
API_REQUESTS = Counter(
    f"{_PREFIX}_api_requests", "Requests to the API server.", ["method", "resource", "code"]
)
API_SECONDS = Histogram(
    f"{_PREFIX}_api_request_duration_seconds",
    "How long the API server took to answer; of a watch, to begin.",
    ["method"],
    buckets=_SECONDS,
)
WATCH_BREAKS = Counter(
    f"{_PREFIX}_watch_breaks",
    "Watches that ended with an error, after which all is listed.",
    ["kind"],
)
EVENTS_LOST = Counter(f"{_PREFIX}_events_lost", "Events that the API server did not take.")
QUEUE_ADDS = Counter(f"{_PREFIX}_queue_adds", "Keys that became due.")
QUEUE_RETRIES = Counter(f"{_PREFIX}_queue_retries", "Keys that are tried again after a failure.")
QUEUE_DEPTH = Gauge(f"{_PREFIX}_queue_depth", "Keys that are due now.")
LEADER = Gauge(f"{_PREFIX}_leader", "1 while this replica holds the Lease.")
MODELS = Gauge(f"{_PREFIX}_modelspecs", "ModelSpecs that are known.")
LOOP_LAG = Gauge(f"{_PREFIX}_loop_lag_seconds", "How late the event loop was when last looked at.")


def observe_request(method: str, path: str, status: int, seconds: float) -> None:
    """Count one answer of the API server."""
    API_REQUESTS.labels(method, _resource(path), str(status)).inc()
    API_SECONDS.labels(method).observe(seconds)


def _resource(path: str) -> str:
    """Return the plural in a path: ``/api/v1/namespaces/a/services/b`` is about ``services``."""
    parts = path.strip("/").split("/")
    parts = parts[2:] if parts[0] == "api" else parts[3:]
    if parts[0] == "namespaces" and len(parts) > 2:  # noqa: PLR2004  # the namespace's own name
        parts = parts[2:]
    return "/".join([parts[0], *parts[2:]])
