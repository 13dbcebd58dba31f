"""Everything that is counted, in the words of Prometheus; read only when somebody scrapes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from typing_extensions import override

from modelspec_serving.monitoring.bins import Distribution
from modelspec_serving.monitoring.decisions import Decisions, Presence
from modelspec_serving.monitoring.requests import Protocol, Requests, Stage

Series: TypeAlias = Iterable[tuple[tuple[str, ...], float]]

CONTENT_TYPE = CONTENT_TYPE_LATEST
"""Of `exposition`."""


@dataclass(frozen=True)
class Identity:
    """What every series is labelled with."""

    model: str
    version: str
    snapshot: str


@dataclass(frozen=True, eq=False)
class Monitor(Collector):
    """What one pod counts."""

    identity: Identity
    requests: Requests
    decisions: Decisions
    defaults: frozenset[str]
    """Fallbacks that are numbers and no model, by the text of their number."""

    startup_seconds: Mapping[str, float]
    """How long each state before readiness took."""

    @override
    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from self._request_metrics()
        yield from self._decision_metrics()
        states = (((state,), seconds) for state, seconds in self.startup_seconds.items())
        yield self._gauge("modelspec_startup_seconds", "Time spent in a state.", ["state"], states)

    def _request_metrics(self) -> Iterator[Metric]:
        requests = self.requests
        ends = (((p.name.lower(), str(status)), n) for p, status, n in requests.ends())
        yield self._counter("modelspec_requests", "Requests.", ["protocol", "code"], ends)
        yield self._counter("modelspec_rows", "Rows decided.", [], [((), requests.rows)])
        busy = [((), float(requests.in_flight))]
        yield self._gauge("modelspec_requests_in_flight", "Requests under way.", [], busy)
        durations = HistogramMetricFamily(
            "modelspec_request_duration_seconds",
            "Time from a request's first line to its answer.",
            labels=[*_LABELS, "protocol"],
        )
        for protocol in Protocol:
            below, seconds = requests.histogram(protocol)
            buckets = [(_bound(bound), float(count)) for bound, count in below.items()]
            durations.add_metric([*self._values(), protocol.name.lower()], buckets, seconds)
        yield durations
        yield self._stages()

    def _stages(self) -> Metric:
        family = SummaryMetricFamily(
            "modelspec_stage_duration_seconds",
            "Time of the stages of inference; decide holds preprocess and model.",
            labels=[*_LABELS, "stage"],
        )
        for stage in Stage:
            found = self.requests.stages[stage]
            labels = [*self._values(), stage.name.lower()]
            family.add_metric(labels, found.count, found.seconds)
        return family

    def _decision_metrics(self) -> Iterator[Metric]:
        decisions = self.decisions
        shares = {item.name: list(item.counts()) for item in decisions.shares}
        fallbacks = shares.pop("fallback", [])
        told = (((name, text), n) for name, counts in shares.items() for text, n in counts)
        labels = ["output", "value"]
        yield self._counter("modelspec_output_values", "Answers by their texts.", labels, told)
        listed = (((text,), n) for text, n in fallbacks)
        what = "Rows that a fallback decided, by its place."
        yield self._counter("modelspec_fallbacks", what, ["fallback"], listed)
        default = sum(n for text, n in fallbacks if text in self.defaults)
        what = "Rows that a number decided because no model answered."
        yield self._counter("modelspec_default_results", what, [], [((), default)])
        yield from self._distributions("output", decisions.outputs)
        yield from self._distributions("feature", decisions.features)
        listed_features: list[Distribution | Presence] = [*decisions.features, *decisions.others]
        nulls = (((item.name,), item.nulls) for item in listed_features)
        what = "Sampled rows that lacked a feature."
        yield self._counter("modelspec_feature_nulls", what, ["feature"], nulls)
        what = "Rows of which features are counted."
        yield self._counter("modelspec_sampled_rows", what, [], [((), decisions.sampled)])

    def _distributions(self, kind: str, items: Iterable[Distribution]) -> Iterator[Metric]:
        found = (((item.name, name), n) for item in items for name, n in item.bins())
        what = f"Values of each {kind} by the number where their bin begins."
        yield self._counter(f"modelspec_{kind}_bin", what, [kind, "from"], found)

    def _counter(self, name: str, what: str, labels: list[str], series: Series) -> Metric:
        family = CounterMetricFamily(name, what, labels=[*_LABELS, *labels])
        for values, number in series:
            family.add_metric([*self._values(), *values], number)
        return family

    def _gauge(self, name: str, what: str, labels: list[str], series: Series) -> Metric:
        family = GaugeMetricFamily(name, what, labels=[*_LABELS, *labels])
        for values, number in series:
            family.add_metric([*self._values(), *values], number)
        return family

    def _values(self) -> list[str]:
        return [self.identity.model, self.identity.version, self.identity.snapshot]


_LABELS = ["model", "version", "snapshot"]


def _bound(bound: float) -> str:
    return "+Inf" if bound == float("inf") else str(bound)


def exposition(monitor: Monitor) -> bytes:
    """Return the body of ``GET /metrics``, in the text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(monitor)
    ProcessCollector(registry=registry)
    return generate_latest(registry)
