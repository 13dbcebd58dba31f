"""Decisions for single rows: one straight-line Python function from a row to its answer."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from math import inf, isnan
from operator import attrgetter
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

from modelspec.choices import OutputType
from modelspec.compiler.decision_logic import BAND, CALIBRATED, CHOICE, RAW, Logic, output_input
from modelspec.compiler.emission import Emitter
from modelspec.compiler.generated import generate
from modelspec.compiler.routing import ROUTE, Read, finite
from modelspec.compiler.rows import RowReader
from modelspec.expressions.graph import Input, Node

RowDecision: TypeAlias = Callable[[Any, Read], "Answer"]


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What was decided for one row."""

    values: dict[str, Any]
    """Every output by name; ``None`` is null."""

    raw: float | None = None
    """What the pipeline decided; ``None`` if nothing could, or without models."""

    calibrated: float | None = None

    route: str | None = None
    """The route that was taken; ``None`` without models."""

    arm: str | None = None
    """The arm, where the route is a split."""

    fallback: int = ROUTE
    """Which fallback decided, counted from 1; 0 where the route did, or nothing could."""

    band: str | None = None
    action: str | None = None
    reason_codes: tuple[str, ...] = ()
    """That of the fallback first, then those of rules, the most important first."""


TOLD: Mapping[str, tuple[OutputType, Callable[[Answer], Any]]] = MappingProxyType(
    {
        "band": (OutputType.STRING, attrgetter("band")),
        "action": (OutputType.STRING, attrgetter("action")),
        "reasonCodes": (OutputType.STRING, attrgetter("reason_codes")),
        "route": (OutputType.STRING, attrgetter("route")),
        "arm": (OutputType.STRING, attrgetter("arm")),
        "fallback": (OutputType.INT64, attrgetter("fallback")),
    }
)
"""What callers may be told beside the outputs, which have other names: its type, where it is."""


def told(logic: Logic) -> Iterator[str]:
    """Yield the names of what can differ between a decision's answers, and is told therefore."""
    steps = logic.router.steps if logic.router else ()
    fallbacks = logic.router.fallbacks if logic.router else ()
    can_differ = {
        "band": bool(logic.bands),
        "action": bool(logic.bands),
        "reasonCodes": bool(logic.reasons) or any(item.reason_code for item in fallbacks),
        "route": len({step.route for step in steps}) > 1,
        "arm": any(step.arm for step in steps),
        "fallback": bool(fallbacks),
    }
    return (name for name in TOLD if can_differ[name])


@dataclass(frozen=True)
class Ranking:
    """Which reasons an answer carries, and in which order."""

    codes: tuple[str, ...]
    """Reasons without a contribution stand before those that have one."""

    most: int
    of_fallbacks: tuple[str | None, ...]
    """The code of each fallback; none for a route, which stands before them."""

    def __call__(
        self, applies: Sequence[Any], contributions: Sequence[float], fallback: int
    ) -> tuple[str, ...]:
        """Return the codes of what applies.

        Args:
            applies: For each reason what is truthy if it applies.
            contributions: For each reason that has one its contribution, NaN for null.
            fallback: The fallback that decided, counted from 1, or 0.
        """
        first = self.of_fallbacks[fallback]
        plain = len(applies) - len(contributions)
        codes = [] if first is None else [first]
        codes += compress(self.codes, applies[:plain])
        if contributions:
            found = zip(contributions, self.codes[plain:], strict=True)
            ranked = sorted(compress(found, applies[plain:]), key=_rank)
            codes += [code for _, code in ranked]
        return tuple(dict.fromkeys(codes))[: self.most]


def _rank(item: tuple[float, str]) -> float:
    """Return what sorts the largest contribution first, and what has none last."""
    return inf if isnan(item[0]) else -item[0]


def build_ranking(logic: Logic) -> Ranking:
    """Return the ranking of a decision's reasons."""
    fallbacks = logic.router.fallbacks if logic.router else ()
    return Ranking(
        codes=tuple(reason.code for reason in logic.reasons),
        most=logic.most_reasons,
        of_fallbacks=(None, *(item.reason_code for item in fallbacks)),
    )


def compile_choice(logic: Logic) -> Callable[[Any], int]:
    """Return the function from a row to the number of the step that it takes."""
    emitter = Emitter(RowReader(logic.program.features))
    choice = logic.program.values[CHOICE]
    _prepare(emitter, logic, [choice])
    return generate(emitter.source(["row"], emitter.ask(choice, "")), emitter.bound)


@dataclass(frozen=True)
class CompiledDecision:
    """A generated function, and its text for whoever wants to read it."""

    function: RowDecision
    source: str


def compile_decision(logic: Logic) -> CompiledDecision:
    """Return the function from a row, and what reads outputs of models, to its answer."""
    emitter = _Emitter(logic)
    fields = {
        "values": emitter.values(),
        **emitter.route(),
        **emitter.band(),
        **emitter.reasons(),
    }
    given = ", ".join(f"{name}={text}" for name, text in fields.items())
    source = emitter.source(["row", "read"], f"{emitter.bind(Answer)}({given})")
    return CompiledDecision(generate(source, emitter.bound), source)


class _Emitter(Emitter):
    """Emits a decision: its values, and what the answer says of them."""

    def __init__(self, logic: Logic) -> None:
        self._features = RowReader(logic.program.features)
        super().__init__(self._read)
        self._logic = logic
        self._values = logic.program.values
        self._model_outputs = {output_input(output): output for output in logic.models}
        own = [name for name in self._values if name.startswith("#")]
        _prepare(self, logic, [self._values[name] for name in own])

    def _read(self, node: Input, emitter: Emitter) -> str:
        if node.name == RAW:
            return self._decided()
        if node.name not in self._model_outputs:
            return self._features(node, emitter)
        output = self._model_outputs[node.name]
        model = self.bind(self._logic.models[output])
        text = f"{self.bind(finite)}(read({self.bind(output)})) if {model} in models else None"
        return self.assign(f"m{node.number}", text)

    def _decided(self) -> str:
        """Emit the one call that runs models: everything before needs features only."""
        router = self._logic.router
        assert router is not None  # noqa: S101  # or nothing would be decided
        self.line(f"choice = {self.ask(self._values[CHOICE], '')}")
        self.line(f"raw, fallback, models = {self.bind(router.decide)}(choice, read)")
        return "raw"

    def values(self) -> str:
        """Return the text of the outputs by name."""
        listed = [
            f"{self.bind(name)}: {self._plain(self._values[value], output_type)}"
            for name, (output_type, value) in self._logic.outputs.items()
        ]
        return f"{{{', '.join(listed)}}}"

    def _plain(self, node: Node, output_type: OutputType) -> str:
        if output_type is not OutputType.FLOAT64 or not node.type.nullable:
            return self.ask(node, "")
        if isinstance(node, Input):
            return self.ask(node, "sure")
        value = self.ask(node, "")
        return f"None if {value} != {value} else {value}"

    def route(self) -> dict[str, str]:
        """Return the texts of what is told of the route, if there is one."""
        router = self._logic.router
        if router is None:
            return {}
        fields = {"raw": "raw", "fallback": "fallback"}
        fields["calibrated"] = self._plain(self._values[CALIBRATED], OutputType.FLOAT64)
        fields["route"] = f"{self.bind(tuple(step.route for step in router.steps))}[choice]"
        fields["arm"] = f"{self.bind(tuple(step.arm for step in router.steps))}[choice]"
        return fields

    def band(self) -> dict[str, str]:
        """Return the texts of the band's name and action, if there are bands."""
        bands = self._logic.bands
        if not bands:
            return {}
        number = self.ask(self._values[BAND], "")
        listed = {
            "band": tuple(band.name for band in bands),
            "action": tuple(band.action for band in bands),
        }
        return {
            field: f"None if {number} is None else {self.bind(names)}[{number}]"
            for field, names in listed.items()
        }

    def reasons(self) -> dict[str, str]:
        """Return the text of the reason codes, if there can be any."""
        logic = self._logic
        if "reasonCodes" not in told(logic):
            return {}
        ranking = build_ranking(logic)
        applies = _tuple(self.ask(self._values[reason.when], "true") for reason in logic.reasons)
        by = [reason.contribution for reason in logic.reasons if reason.contribution]
        contributions = _tuple(self.ask(self._values[name], "") for name in by)
        fallback = "fallback" if logic.router else str(ROUTE)
        return {"reason_codes": f"{self.bind(ranking)}({applies}, {contributions}, {fallback})"}


def _tuple(texts: Iterable[str]) -> str:
    return f"({''.join(f'{text}, ' for text in texts)})"


def _prepare(emitter: Emitter, logic: Logic, outputs: list[Node]) -> None:
    program = logic.program
    checked = {item.name for item in program.features if item.required or item.strict_limits}
    inputs = [n for n in program.nodes if isinstance(n, Input) and n.name in checked]
    for node in program.needed([*inputs, *outputs]):
        emitter.prepare(node)
