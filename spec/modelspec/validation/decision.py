"""The expressions of a decision: conditions of routes, calibration, outputs and reasons.

They see what derived features see, those too, and what was decided before them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from modelspec.compiler.folding import fold_constants
from modelspec.compiler.programs import expression_finding
from modelspec.errors import Code, Finding
from modelspec.expressions.check import Checker
from modelspec.expressions.cost import cost_problem
from modelspec.expressions.graph import Graph, Node
from modelspec.expressions.parser import parse
from modelspec.expressions.program import Program
from modelspec.expressions.syntax import Expression, ExpressionError, Problem
from modelspec.expressions.types import FLOAT64, FLOATS, Boundary, Kind, Range
from modelspec.schema.postprocessing import Calibration, Postprocessing, ReasonCodes
from modelspec.validation.subject import Subject

RAW, CALIBRATED = "raw", "calibrated"
DECIDED = frozenset({RAW, CALIBRATED})
"""Names of what was decided, before and after calibration."""


@dataclass
class Decision:
    """What the expressions of a decision say, and what is wrong with them."""

    conditions: dict[int, Node] = field(default_factory=dict)
    """The condition of each route that has one, by its position; what is constant is computed."""

    outputs: dict[str, Node] = field(default_factory=dict)
    """The outputs of postprocessing by name."""

    nodes: list[Node] = field(default_factory=list)
    """Whatever is computed; its inputs are the features by name."""

    findings: list[Finding] = field(default_factory=list)


def read_decision(subject: Subject) -> Decision:
    """Return the decision of a specification with whatever of its expressions can be typed."""
    return _Reader(subject).read()


class _Reader:
    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._graph = Graph()
        self._names: dict[str, Node | None] = {
            name: self._graph.input(name, node.type) if node else None
            for name, node in subject.values.items()
        }
        self._found = Decision()

    def read(self) -> Decision:
        """Check every expression."""
        spec = self._subject.spec
        for index, route in enumerate(spec.pipeline.routes if spec.pipeline else ()):
            if route.when is not None:
                path = f"spec.pipeline.routes[{index}].when"
                node = self._condition(path, route.when, unknown=Code.MS301)
                if node:
                    self._found.conditions[index] = node
        self._found.conditions = self._folded(self._found.conditions)
        if spec.postprocessing:
            self._postprocessing(spec.postprocessing)
        return self._found

    def _folded(self, conditions: dict[int, Node]) -> dict[int, Node]:
        named = {str(index): node for index, node in conditions.items()}
        program = Program((), tuple(self._graph.nodes), named, {})
        return {int(name): node for name, node in fold_constants(program).values.items()}

    def _postprocessing(self, item: Postprocessing) -> None:
        if self._subject.spec.models or self._subject.spec.pipeline:
            self._names[RAW] = self._graph.input(RAW, FLOAT64.optional())
            self._names[CALIBRATED] = self._calibrated(item.calibration)
        outputs = list(self._outputs(item))
        self._names.update(outputs)
        self._found.outputs = {name: node for name, node in outputs if node}
        if item.reason_codes:
            self._reasons(item.reason_codes)

    def _reasons(self, reasons: ReasonCodes) -> None:
        """Check what explains an answer; it alone may look at what single models say."""
        if RAW in self._names:
            for name in self._subject.numbers - self._names.keys():
                self._names[name] = self._graph.input(name, FLOAT64.optional())
        for index, rule in enumerate(reasons.rules):
            path = f"spec.postprocessing.reasonCodes.rules[{index}]"
            if rule.when is not None:
                self._condition(f"{path}.when", rule.when, unknown=Code.MS520)
            if rule.contribution is not None:
                self._typed(f"{path}.contribution", rule.contribution, Boundary.FLOAT64)

    def _calibrated(self, calibration: Calibration | None) -> Node | None:
        if calibration is None:
            return self._names[RAW]
        if calibration.expr is not None:
            path = "spec.postprocessing.calibration.expr"
            return self._typed(path, calibration.expr, Boundary.FLOAT64)
        bounds = replace(FLOAT64.optional(), range=_calibrated_range(calibration))
        return self._graph.input(CALIBRATED, bounds)

    def _outputs(self, item: Postprocessing) -> Iterator[tuple[str, Node | None]]:
        for index, output in enumerate(item.outputs or ()):
            path = f"spec.postprocessing.outputs[{index}].expr"
            yield output.name, self._typed(path, output.expr, Boundary(output.type))

    def _typed(self, path: str, text: str, boundary: Boundary) -> Node | None:
        """Return the node of an expression that must give a value of a certain type."""
        checked = self._check(path, text, Code.MS520)
        if checked is None:
            return None
        tree, node = checked
        checker = Checker(self._graph, {}, {})
        emitted = checker.emitted(node, boundary, tree.span)
        self._note(path, text, checker.problems, Code.MS520)
        return emitted

    def _condition(self, path: str, text: str, *, unknown: Code) -> Node | None:
        """Return the node of an expression that must give a bool."""
        checked = self._check(path, text, unknown)
        if checked is None:
            return None
        tree, node = checked
        if node.type.kind in {Kind.BOOL, Kind.NULL}:
            return node
        code = Code.MS518 if unknown is Code.MS520 else Code.MS311
        problem = Problem(code, tree.span, f"must be bool, got {node.type.required()}")
        self._note(path, text, [problem], unknown)
        return None

    def _check(self, path: str, text: str, unknown: Code) -> tuple[Expression, Node] | None:
        """Return the tree and the node of an expression, if it has any."""
        try:
            tree = parse(text)
        except ExpressionError as error:
            self._note(path, text, error.problems, unknown)
            return None
        checker = Checker(self._graph, self._names, self._subject.parameters)
        node = checker.check(tree)
        problems = list(checker.problems)
        if node:
            known = (item for item in self._names.values() if item)
            problems += cost_problem(node, known, tree.span)
        self._note(path, text, problems, unknown)
        if node is None or problems:
            return None
        self._found.nodes.append(node)
        return tree, node

    def _note(self, path: str, text: str, problems: Iterable[Problem], unknown: Code) -> None:
        for problem in problems:
            meant = self._meant(text, problem, unknown)
            self._found.findings.append(expression_finding(path, meant, text))

    def _meant(self, text: str, problem: Problem, unknown: Code) -> Problem:
        """Return a problem as it is called here: a name may be known, but not in this place."""
        name = text[problem.span.start : problem.span.end]
        if problem.code is not Code.MS301:
            return problem
        in_route = unknown is Code.MS301
        if name in self._subject.outputs:
            message = f"'{name}' is a model output; only features may be used"
            hint = "" if in_route else "; what the pipeline decided is `raw`"
            return Problem(Code.MS512, problem.span, message + hint)
        if name in DECIDED and in_route:
            message = f"'{name}' is what the pipeline decides; only features may be used"
            return Problem(Code.MS512, problem.span, message)
        if name in DECIDED and not self._subject.spec.models:
            message = f"unknown name '{name}'; without `models` there is nothing that decides"
            return Problem(unknown, problem.span, message)
        return replace(problem, code=unknown)


def _calibrated_range(calibration: Calibration) -> Range:
    if calibration.piecewise_linear:
        values = [float(text) for text in calibration.piecewise_linear.values]
        return Range(min(values), max(values))
    return Range(0.0, 1.0) if calibration.sigmoid else FLOATS
