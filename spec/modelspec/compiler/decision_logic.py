"""From the parts of a snapshot to one graph of all that a decision computes.

It goes on where the program of features ends: conditions of routes and buckets of splits become
the number of one choice; what is decided comes in as one more input, and calibration, outputs,
bands and reasons follow from it. So both executors of expressions execute decisions, too.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate
from types import MappingProxyType

from modelspec import parts
from modelspec.choices import OutputType
from modelspec.compiler.folding import fold_constants
from modelspec.compiler.programs import expression_finding, parameter_value
from modelspec.compiler.routing import Router, build_router
from modelspec.errors import Code, Finding, nearest
from modelspec.expressions.check import Checker, literal_type
from modelspec.expressions.graph import Graph, Node
from modelspec.expressions.parameters import Edges, Parameter, Piecewise
from modelspec.expressions.parser import parse
from modelspec.expressions.program import Program
from modelspec.expressions.syntax import ExpressionError, Problem
from modelspec.expressions.types import FLOAT64, INT64, Boundary, Kind, string

CHOICE, RAW, CALIBRATED, BAND = "#choice", "#raw", "#calibrated", "#band"
"""Names that no feature can have."""

SCORE = "score"
"""The output of a decision whose postprocessing lists none."""

BUCKETS = 10_000
"""Parts of all keys; an arm has a hundred of them for each percent."""


class DecisionError(ValueError):
    """Raised where parts are no decision; carries everything that was found."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, self.findings)))


@dataclass(frozen=True)
class Reason:
    """One reason: when it applies, and by what it is ranked, if it is."""

    code: str
    when: str
    """Name of a truth value."""

    contribution: str | None = None
    """Name of a number."""


@dataclass(frozen=True)
class Logic:
    """All that a decision computes."""

    program: Program
    """Features, then the decision's own values by names that no feature can have."""

    router: Router | None
    """Without models nothing is routed."""

    models: Mapping[str, str]
    """The model of every output that expressions name."""

    outputs: Mapping[str, tuple[OutputType, str]]
    """What callers receive: type and the name of the value."""

    bands: tuple[parts.Band, ...] = ()
    reasons: tuple[Reason, ...] = ()
    """Those that are ranked by a contribution after all others."""

    most_reasons: int = parts.DEFAULT_MAX_REASONS


def output_input(output: str) -> str:
    """Return the name of the input that a model's output is in the graph."""
    return f"#{output}"


def read_logic(
    program: Program,
    *,
    preprocessing: parts.Preprocessing | None = None,
    models: parts.Models | None = None,
    pipeline: parts.Pipeline | None = None,
    postprocessing: parts.Postprocessing | None = None,
) -> Logic:
    """Return what a decision computes beyond its features.

    Raises:
        DecisionError: An expression is not valid, or a route names what is no number of a model.
        ValueError: A number is not in its canonical form.
    """
    listed = preprocessing.parameters if preprocessing else ()
    parameters = {item.name: parameter_value(item) for item in listed}
    build = _Build(program, parameters, models.models if models else ())
    logic = build.logic(pipeline, postprocessing or parts.Postprocessing())
    if build.findings:
        raise DecisionError(build.findings)
    return replace(logic, program=fold_constants(logic.program))


@dataclass
class _Build:
    program: Program
    parameters: Mapping[str, Parameter]
    models: tuple[parts.Model, ...]
    findings: list[Finding] = field(default_factory=list)
    values: dict[str, Node] = field(default_factory=dict)
    """The decision's own values."""

    named: dict[str, str] = field(default_factory=dict)
    """The model of every output that an expression names."""

    def __post_init__(self) -> None:
        self.graph = Graph(list(self.program.nodes))
        self.names: dict[str, Node | None] = dict(self.program.values)
        # A whole row of the graph's output is no number that anything here could use.
        self.owners = {
            output.name: model.name
            for model in self.models
            for output in model.outputs
            if output.index is not None
        }

    def logic(self, pipeline: parts.Pipeline | None, item: parts.Postprocessing) -> Logic:
        """Return the logic; it means nothing if there are findings."""
        router = self._router(pipeline) if pipeline else None
        if router:
            self.names[RAW[1:]] = self._keep(RAW, self.graph.input(RAW, FLOAT64.optional()))
            self.names[CALIBRATED[1:]] = self._keep(CALIBRATED, self._calibrated(item.calibration))
        is_routed = router is not None
        outputs = self._outputs(item, is_routed=is_routed)
        if item.bands:
            self._keep(BAND, self._band(item.bands))
        listed = item.reason_codes
        reasons = self._reasons(listed, is_routed=is_routed) if listed else ()
        most = item.reason_codes.maximum if item.reason_codes else parts.DEFAULT_MAX_REASONS
        return Logic(
            program=replace(
                self.program,
                nodes=tuple(self.graph.nodes),
                values=MappingProxyType({**self.program.values, **self.values}),
            ),
            router=router,
            models=self.named,
            outputs=outputs,
            bands=item.bands.ranges if item.bands else (),
            reasons=reasons,
            most_reasons=most,
        )

    def _keep(self, name: str, node: Node | None) -> Node | None:
        if node is not None:
            self.values[name] = node
        return node

    def _router(self, pipeline: parts.Pipeline) -> Router | None:
        self.findings += _unknown_outputs(pipeline, self.models)
        choice = self._choice(pipeline)
        if self.findings or choice is None:
            return None
        self._keep(CHOICE, choice)
        return build_router(pipeline, self.owners)

    def _choice(self, pipeline: parts.Pipeline) -> Node | None:
        """Return the number of the first route whose condition is true; each arm has its own."""
        chosen: list[tuple[Node | None, Node | None]] = []
        number = 0
        for index, route in enumerate(pipeline.routes):
            path = f"spec.pipeline.routes[{index}]"
            condition = self._condition(f"{path}.when", route.when) if route.when else None
            if isinstance(route.decision, parts.Split):
                key = f"{path}.split.keyFeatureName"
                chosen.append((condition, self._arm(key, route.decision, number)))
                number += len(route.decision.arms)
            else:
                chosen.append((condition, self._constant(number)))
                number += 1
        _, node = chosen.pop()
        for condition, number_of_route in reversed(chosen):
            given = {"c": condition, "a": number_of_route, "b": node}
            node = self._apply("a if c else b", given)
        return node

    def _arm(self, path: str, split: parts.Split, first: int) -> Node | None:
        """Return the number of the arm that a key belongs to; those before it end below."""
        key = self.names.get(split.key_feature_name)
        if key is None or key.type.kind not in {Kind.STRING, Kind.INT64}:
            message = f"'{split.key_feature_name}' is no String and no Int64 feature"
            self.findings.append(Finding(Code.MS508, path, message))
            return None
        salt = f"{split.salt}|"
        given: dict[str, Node | None] = {
            "key": key,
            "salt": self.graph.constant(salt, string(len(salt))),
            "first": self._constant(first),
        }
        ends = accumulate(arm.percent * (BUCKETS // 100) for arm in split.arms)
        edges = Edges(tuple(map(float, ends))[:-1])
        # A key that is missing, which validation excludes, is in the bucket that comes first.
        bucket = f"coalesce(hash_bucket(concat(salt, to_string(key)), {BUCKETS}), 0)"
        return self._apply(f"first + bucketize({bucket}, edges)", given, {"edges": edges})

    def _calibrated(self, calibration: parts.Calibration | None) -> Node | None:
        raw = self.names[RAW[1:]]
        match calibration:
            case None:
                return raw
            case parts.Sigmoid(slope=slope, intercept=intercept):
                given = {"x": raw, "a": self._float(slope), "b": self._float(intercept)}
                return self._apply("sigmoid(a * x + b)", given)
            case parts.PiecewiseLinear(x=x, values=values):
                points = Piecewise(tuple(map(float, x)), tuple(map(float, values)))
                return self._apply("piecewise(x, points)", {"x": raw}, {"points": points})
            case parts.ExpressionCalibration(expr=text):
                path = "spec.postprocessing.calibration.expr"
                return self._typed(path, text, Boundary.FLOAT64)

    def _outputs(
        self, item: parts.Postprocessing, *, is_routed: bool
    ) -> dict[str, tuple[OutputType, str]]:
        found: dict[str, Node | None] = {}
        for index, output in enumerate(item.outputs):
            path = f"spec.postprocessing.outputs[{index}].expr"
            node = self._typed(path, output.expr, Boundary(output.type))
            found[output.name] = self._keep(_own(output.name), node)
        self.names.update(found)
        listed = {output.name: (output.type, _own(output.name)) for output in item.outputs}
        if not listed and is_routed:
            return {SCORE: (OutputType.FLOAT64, CALIBRATED)}
        return listed

    def _band(self, bands: parts.Bands) -> Node | None:
        """Return the number of the range that a score lies in."""
        score = self.names.get(bands.output_name)
        if score is None or score.type.kind is not Kind.INT64:
            path = "spec.postprocessing.bands.outputName"
            message = f"'{bands.output_name}' is no Int64 output"
            self.findings.append(Finding(Code.MS516, path, message))
            return None
        edges = Edges(tuple(float(band.start) for band in bands.ranges[1:]))
        return self._apply("bucketize(score, edges)", {"score": score}, {"edges": edges})

    def _reasons(self, reasons: parts.ReasonCodes, *, is_routed: bool) -> tuple[Reason, ...]:
        """Return the reasons: those that are ranked by a contribution after all others."""
        # Only what explains an answer may look at what single models say.
        for output, model in self.owners.items() if is_routed else ():
            if output not in self.names:
                self.names[output] = self.graph.input(output_input(output), FLOAT64.optional())
                self.named[output] = model
        found = [self._reason(index, rule) for index, rule in enumerate(reasons.rules)]
        return tuple(sorted(found, key=lambda reason: reason.contribution is not None))

    def _reason(self, index: int, rule: parts.ReasonRule) -> Reason:
        path = f"spec.postprocessing.reasonCodes.rules[{index}]"
        when = f"#when{index}"
        if rule.contribution is None:
            self._keep(when, self._condition(f"{path}.when", rule.when or "false"))
            return Reason(rule.code, when)
        by = f"#contribution{index}"
        number = self._typed(f"{path}.contribution", rule.contribution, Boundary.FLOAT64)
        self._keep(by, number)
        positive = self._apply("x > 0.0", {"x": number})
        self._keep(when, self._condition(f"{path}.when", rule.when) if rule.when else positive)
        return Reason(rule.code, when, by)

    def _condition(self, path: str, text: str) -> Node | None:
        """Return a truth value; null stays null, which counts as false wherever it is asked."""
        return self._typed(path, text, Boundary.BOOL)

    def _typed(self, path: str, text: str, boundary: Boundary) -> Node | None:
        """Return the node of an expression that gives a value of a certain type."""
        try:
            tree = parse(text)
        except ExpressionError as error:
            self._note(path, text, error.problems)
            return None
        checker = Checker(self.graph, self.names, self.parameters)
        node = checker.check(tree)
        emitted = checker.emitted(node, boundary, tree.span) if node else None
        self._note(path, text, checker.problems)
        return emitted

    def _note(self, path: str, text: str, problems: Iterable[Problem]) -> None:
        self.findings += [expression_finding(path, problem, text) for problem in problems]

    def _apply(
        self,
        text: str,
        given: Mapping[str, Node | None],
        parameters: Mapping[str, Parameter] = MappingProxyType({}),
    ) -> Node | None:
        """Return an expression of our own over nodes; nothing, where one of them is wrong."""
        if None in given.values():
            return None
        checker = Checker(self.graph, given, parameters)
        node = checker.check(parse(text))
        assert node is not None, checker.problems  # noqa: S101  # the text is ours
        return node

    def _constant(self, number: int) -> Node:
        return self.graph.constant(number, literal_type(number, INT64.kind))

    def _float(self, text: str) -> Node:
        return self.graph.constant(float(text), literal_type(float(text), FLOAT64.kind))


def _own(output: str) -> str:
    """Return the name of an output's value; the output itself may be called like a feature."""
    return f"#output {output}"


def _unknown_outputs(
    pipeline: parts.Pipeline, models: tuple[parts.Model, ...]
) -> Iterator[Finding]:
    """Yield every output of the pipeline that is no number of a model."""
    known = {output.name: output for model in models for output in model.outputs}
    for path, name in _decisive(pipeline):
        if name not in known:
            near = nearest(name, known)
            hint = f"; did you mean '{near}'?" if near else ""
            yield Finding(Code.MS509, path, f"'{name}' is not a model output{hint}")
        elif known[name].index is None:
            message = f"'{name}' is a whole row of the graph's output; a route decides one number"
            yield Finding(Code.MS528, path, f"{message}; give the output an `index`")


def _decisive(pipeline: parts.Pipeline) -> Iterator[tuple[str, str]]:
    """Yield path and name of every output that may decide."""
    for index, route in enumerate(pipeline.routes):
        for inner, name in _named(route.decision):
            yield f"spec.pipeline.routes[{index}].{inner}", name
    for index, item in enumerate(pipeline.fallback):
        if item.output_name is not None:
            yield f"spec.pipeline.fallback[{index}].outputName", item.output_name


def _named(decision: parts.Single | parts.Split | parts.Ensemble) -> Iterator[tuple[str, str]]:
    """Yield path within the route and name of every output that may decide there."""
    match decision:
        case parts.Single(output_name=name):
            yield "single.outputName", name
        case parts.Split(arms=arms):
            for index, arm in enumerate(arms):
                yield f"split.arms[{index}].outputName", arm.output_name
        case parts.Ensemble(members=members):
            for index, member in enumerate(members):
                yield f"ensemble.members[{index}].outputName", member.output_name
