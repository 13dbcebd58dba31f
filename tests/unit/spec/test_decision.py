"""Pipeline and postprocessing: what holds for every row, whatever the specification."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from math import isfinite, nan

import msgspec
import pytest
from hypothesis import given, strategies as st

from modelspec import parts
from modelspec.choices import FeatureType
from modelspec.compiler.decision import Decision, build_decision
from modelspec.compiler.decision_logic import DecisionError
from modelspec.compiler.decision_rows import Answer, Ranking
from modelspec.compiler.programs import read_program
from modelspec.compiler.rows import MissingFeatureError, build_row_type
from modelspec.expressions.murmurhash import murmurhash3
from support.decisions import MODELS, Document, by_column, by_row, decision_of
from support.effort import examples

SINGLE: Document = {"name": "default", "type": "Single", "single": {"outputName": "gbdt_score"}}
SCORES = ("gbdt_score", "nn_score", "rules_score")
ARMS = ("first", "second", "third")


def _split(*percents: int, salt: str = "exp") -> Decision:
    arms = [
        {"name": name, "outputName": output, "percent": percent}
        for name, output, percent in zip(ARMS, SCORES, percents, strict=True)
    ]
    split = {"keyFeatureName": "account", "salt": salt, "arms": arms}
    return decision_of(pipeline={"routes": [{"name": "all", "type": "Split", "split": split}]})


def _arms(decision: Decision, count: int) -> list[str | None]:
    rows = [{"account": f"account-{number}"} for number in range(count)]
    return [answer.arm for answer in by_column(decision, rows, [{}] * count)]


def test_arms_get_their_shares() -> None:
    count = 5_000
    found = Counter(_arms(_split(70, 25, 5), count))

    # Five standard deviations of a binomial share.
    for arm, share in zip(ARMS, (0.7, 0.25, 0.05), strict=True):
        assert abs(found[arm] / count - share) < 5 * (share * (1 - share) / count) ** 0.5


def test_the_arm_follows_from_the_hash_of_salt_and_key() -> None:
    for key, arm in zip(range(50), _arms(_split(40, 40, 20), 50), strict=True):
        bucket = murmurhash3(f"exp|account-{key}", 0) % 10_000
        assert arm == ARMS[(bucket >= 4000) + (bucket >= 8000)]


def test_another_salt_is_another_split() -> None:
    one, other = (_arms(_split(50, 50, 0, salt=salt), 2000) for salt in ("a", "b"))

    equal = sum(a == b for a, b in zip(one, other, strict=True))
    assert 0.4 < equal / 2000 < 0.6


@given(
    st.integers(0, 100).flatmap(
        lambda first: st.tuples(st.just(first), st.integers(0, 100 - first), st.integers(0, 99))
    ),
    st.sampled_from([0, 1]),
)
@examples(20)
def test_a_share_that_moves_to_a_neighbour_moves_no_other_key(
    shares: tuple[int, int, int], left: int
) -> None:
    first, second, moved = shares
    before = [first, second, 100 - first - second]
    after = list(before)
    moved = min(moved, before[left + 1])
    after[left] += moved
    after[left + 1] -= moved

    pairs = zip(_arms(_split(*before), 300), _arms(_split(*after), 300), strict=True)

    assert {pair for pair in pairs if pair[0] != pair[1]} <= {(ARMS[left + 1], ARMS[left])}


NUMBERS = st.none() | st.floats() | st.sampled_from([0.0, -0.0, 0.5, 1e308, -1e308, 5e-324])
OUTPUTS = st.fixed_dictionaries(
    {}, optional={name: NUMBERS for outputs in MODELS.values() for name in outputs}
)
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "account": st.none() | st.text(max_size=5),
        "amount": st.none() | st.floats(-1e4, 1e4) | st.sampled_from([1000.0, 1e308]),
        "count": st.none() | st.integers(-(2**53), 2**53),
        "customer": st.none() | st.integers(-5, 5),
        "known": st.none() | st.booleans(),
    },
)
CONDITIONS = st.sampled_from(["large", "not known", "amount > 10.0", "count > 3", "null", "true"])


@st.composite
def _routes(draw: st.DrawFn) -> list[Document]:
    routes = []
    count = draw(st.integers(1, 4))
    for number in range(count):
        decides = draw(st.sampled_from([_any_single, _any_split, _any_ensemble]))
        route = {"name": f"r{number}", **draw(decides())}
        if number < count - 1:
            route["when"] = draw(CONDITIONS)
        routes.append(route)
    return routes


@st.composite
def _any_single(draw: st.DrawFn) -> Document:
    return {"type": "Single", "single": {"outputName": draw(st.sampled_from(SCORES))}}


@st.composite
def _any_split(draw: st.DrawFn) -> Document:
    first = draw(st.integers(0, 100))
    key = draw(st.sampled_from(["account", "customer", "customer_or_0"]))
    arms = [
        {"name": name, "outputName": draw(st.sampled_from(SCORES)), "percent": percent}
        for name, percent in (("a", first), ("b", 100 - first))
    ]
    return {"type": "Split", "split": {"keyFeatureName": key, "arms": arms}}


@st.composite
def _any_ensemble(draw: st.DrawFn) -> Document:
    combine = draw(st.sampled_from(["WeightedMean", "Max", "Min"]))
    members: list[Document] = [{"outputName": name} for name in SCORES]
    if combine == "WeightedMean":
        first, second = draw(st.integers(0, 50)), draw(st.integers(0, 50))
        for member, weight in zip(members, (first, second, 100 - first - second), strict=True):
            member["weight"] = weight
    ensemble: Document = {"combine": combine, "members": members}
    if draw(st.booleans()):
        ensemble["quorum"] = draw(st.integers(1, 3))
    return {"type": "Ensemble", "ensemble": ensemble}


FALLBACKS = st.lists(
    st.sampled_from(
        [
            {"type": "Output", "outputName": "nn_score", "reasonCode": "NN"},
            {"type": "Output", "outputName": "rules_score"},
            {"type": "Constant", "constant": "-0.5", "reasonCode": "CONSTANT"},
        ]
    ),
    max_size=3,
)
CALIBRATIONS: list[Document | None] = [
    None,
    {"type": "Sigmoid", "sigmoid": {"slope": "-1.7", "intercept": "0.3"}},
    {
        "type": "PiecewiseLinear",
        "piecewiseLinear": {"x": ["-1", "0", "0.25", "9"], "values": ["0", "0.1", "0.1", "1"]},
    },
    {"type": "Expr", "expr": "log(raw) * coalesce(amount, 1.0)"},
]
POSTPROCESSING: Document = {
    "outputs": [
        {"name": "points", "type": "Int64", "expr": "to_int(round(999.0 * calibrated))"},
        {"name": "twice", "type": "Float64", "expr": "raw * 2.0 + calibrated"},
        {"name": "is_high", "type": "Bool", "expr": "calibrated > 0.5 or known"},
        {"name": "word", "type": "String", "expr": '"high" if raw > 0.5 else account'},
        {"name": "nothing", "type": "Float64", "expr": "null"},
        {"name": "always", "type": "Int64", "expr": "7"},
    ],
    "bands": {
        "outputName": "points",
        "ranges": [{"name": "Low", "from": -99}, {"name": "High", "from": 500}],
    },
    "reasonCodes": {
        "maximum": 5,
        "rules": [
            {"code": "NN", "when": "large"},
            {"code": "POINTS", "when": "points > 400"},
            {"code": "ALWAYS", "when": "always == 7"},
            {"code": "HIGH", "when": "is_high"},
            {"code": "NULL", "when": "is_null(twice)"},
            {"code": "EXPLAINED", "when": "gbdt_r001 > 0.0"},
        ],
    },
}


@given(
    routes=_routes(),
    fallback=FALLBACKS,
    calibration=st.sampled_from(CALIBRATIONS),
    table=st.lists(st.tuples(ROWS, OUTPUTS), max_size=6),
)
@examples(120)
def test_a_row_is_decided_alike_alone_and_in_columns(
    routes: list[Document],
    fallback: list[Document],
    calibration: Document | None,
    table: list[tuple[Document, Document]],
) -> None:
    pipeline = {"routes": routes, **({"fallback": fallback} if fallback else {})}
    given_ = {"calibration": calibration} if calibration else {}
    decision = decision_of(pipeline=pipeline, postprocessing={**given_, **POSTPROCESSING})
    rows, outputs = [row for row, _ in table], [answered for _, answered in table]

    answers = by_row(decision, rows, outputs)

    assert list(map(repr, by_column(decision, rows, outputs))) == list(map(repr, answers))
    for answer in answers:
        _check_sound(answer)


def _check_sound(answer: Answer) -> None:
    """Check what holds for every answer of the usual postprocessing."""
    numbers = (answer.raw, answer.calibrated, answer.values["points"], answer.values["twice"])
    assert all(number is None or isfinite(number) for number in numbers)
    assert (answer.band is None) == (answer.values["points"] is None)
    assert len(answer.reason_codes) <= 5
    assert len(set(answer.reason_codes)) == len(answer.reason_codes)
    if answer.fallback == 0 and answer.raw is None:
        assert answer.calibrated is None


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=20))
@examples(30)
@pytest.mark.parametrize("calibration", [1, 2])
def test_a_calibration_keeps_the_order_of_what_it_is_given(
    calibration: int, raws: list[float]
) -> None:
    falls = calibration == 1
    decision = decision_of(
        pipeline={"routes": [SINGLE]}, postprocessing={"calibration": CALIBRATIONS[calibration]}
    )
    outputs = [{"gbdt_score": raw} for raw in sorted(raws, reverse=falls)]

    answers = by_row(decision, [{}] * len(outputs), outputs)

    calibrated = [answer.calibrated for answer in answers if answer.calibrated is not None]
    assert calibrated == sorted(calibrated)
    assert len(calibrated) == len(raws)


@given(st.lists(st.none() | st.floats(-1, 1), min_size=3, max_size=3))
@examples(60)
def test_a_mean_lies_between_what_it_is_made_of(scores: list[float | None]) -> None:
    members = [
        {"outputName": name, "weight": weight}
        for name, weight in zip(SCORES, (50, 30, 20), strict=True)
    ]
    ensemble = {"combine": "WeightedMean", "members": members, "quorum": 2}
    decision = decision_of(
        pipeline={"routes": [{"name": "all", "type": "Ensemble", "ensemble": ensemble}]}
    )

    (answer,) = by_row(decision, [{}], [dict(zip(SCORES, scores, strict=True))])

    known = [score for score in scores if score is not None]
    assert (answer.raw is None) == (len(known) < 2)
    if answer.raw is not None:
        slack = 1e-15
        assert min(known) - slack <= answer.raw <= max(known) + slack


def test_no_more_outputs_are_read_than_a_row_needs() -> None:
    routes = [
        {**SINGLE, "name": "large", "when": "large", "single": {"outputName": "nn_score"}},
        SINGLE,
    ]
    fallback = [{"type": "Output", "outputName": "rules_score"}]
    decision = decision_of(pipeline={"routes": routes, "fallback": fallback})
    row = build_row_type(decision.logic.program.features)
    read: list[str] = []

    def answer(known: float | None, name: str) -> float | None:
        read.append(name)
        return known

    decision.decide(msgspec.convert({"amount": 5e3}, row), partial(answer, 1.0))
    decision.decide(msgspec.convert({}, row), partial(answer, nan))

    assert read == ["nn_score", "gbdt_score", "rules_score"]
    assert decision.model_outputs == set(SCORES)
    assert decision.choose
    assert [decision.first_outputs(choice) for choice in (0, 1)] == [
        ("nn_score",),
        ("gbdt_score",),
    ]


def test_a_model_explains_only_what_it_has_decided() -> None:
    routes = [
        {**SINGLE, "name": "large", "when": "large", "single": {"outputName": "nn_score"}},
        SINGLE,
    ]
    fallback = [{"type": "Constant", "constant": "0.5"}]
    rules = [
        {"code": "ABOVE", "when": "gbdt_r001 > 0.1"},
        {"code": "SILENT", "when": "is_null(gbdt_r001)"},
    ]
    decision = decision_of(
        pipeline={"routes": routes, "fallback": fallback},
        postprocessing={"reasonCodes": {"rules": rules}},
    )
    rows: list[Document] = [{}, {"amount": 5e3}, {}, {}]
    scores = {"gbdt_score": 0.3, "nn_score": 0.4, "gbdt_r001": 0.2}
    outputs: list[Document] = [
        scores,
        scores,
        {**scores, "gbdt_score": None},
        {**scores, "gbdt_r001": nan},
    ]

    answers = by_row(decision, rows, outputs)

    codes = [answer.reason_codes for answer in answers]
    assert codes == [("ABOVE",), ("SILENT",), ("SILENT",), ("SILENT",)]
    assert by_column(decision, rows, outputs) == answers
    assert decision.model_outputs == {"gbdt_score", "nn_score", "gbdt_r001"}


def test_a_member_that_did_not_answer_explains_nothing() -> None:
    members = [{"outputName": "gbdt_score"}, {"outputName": "nn_score"}]
    ensemble = {"combine": "Max", "members": members, "quorum": 1}
    decision = decision_of(
        pipeline={"routes": [{"name": "both", "type": "Ensemble", "ensemble": ensemble}]},
        postprocessing={"reasonCodes": {"rules": [{"code": "ABOVE", "when": "gbdt_r001 > 0.1"}]}},
    )
    rows: list[Document] = [{}, {}, {}]
    outputs: list[Document] = [
        {"gbdt_score": 0.3, "gbdt_r001": 0.2},
        {"nn_score": 0.3, "gbdt_r001": 0.2},
        {"gbdt_score": 0.3, "nn_score": 0.4, "gbdt_r001": 0.2},
    ]

    answers = by_row(decision, rows, outputs)

    assert [answer.reason_codes for answer in answers] == [("ABOVE",), (), ("ABOVE",)]
    assert by_column(decision, rows, outputs) == answers


def test_reasons_with_a_contribution_are_ranked_by_it() -> None:
    rules = (
        parts.ReasonRule(code="A", contribution="a"),
        parts.ReasonRule(code="B", contribution="b * 2.0"),
        parts.ReasonRule(code="C", when="raw > 0.0"),
        parts.ReasonRule(code="D", when="raw > 0.0", contribution="a - b"),
    )
    models = {"name": "m", "sha256": "", "inputs": [], "outputs": _numbered("score", "a", "b")}
    decision = build_decision(
        read_program(parts.FeatureFetching(features=()), None),
        models=msgspec.convert({"models": [models]}, parts.Models),
        pipeline=_pipeline("score"),
        postprocessing=parts.Postprocessing(reason_codes=parts.ReasonCodes(rules=rules)),
    )
    outputs: list[Document] = [
        {"score": 1.0, "a": 0.5, "b": 0.3},
        {"score": 1.0, "a": 0.5, "b": 0.25},
        {"score": -1.0, "a": -0.5, "b": 0.25},
        {"score": 1.0, "b": -1.0},
        {"a": 1.0, "b": 1.0},
    ]

    answers = by_row(decision, [{}] * 5, outputs)

    assert ["".join(answer.reason_codes) for answer in answers] == ["CBAD", "CABD", "B", "CD", ""]


def _numbered(*names: str) -> list[Document]:
    return [{"name": name, "index": index} for index, name in enumerate(names)]


def test_ranked_reasons_follow_those_in_their_own_order() -> None:
    ranking = Ranking(codes=("A", "B", "C", "D", "E", "F"), most=5, of_fallbacks=(None, "C"))
    contributions = (0.5, nan, 0.5, 2.0)

    everything = ranking((True, 1, True, True, True, True), contributions, 0)
    some = ranking((None, True, True, True, False, True), contributions, 1)

    assert everything == ("A", "B", "F", "C", "E")
    assert some == ("C", "B", "F", "D")


def test_a_row_without_a_required_feature_is_refused_before_any_model_runs() -> None:
    feature = parts.Feature(name="x", type=FeatureType.FLOAT64, required=True)
    fetching = parts.FeatureFetching(features=(feature,))
    program = read_program(fetching, None)
    decision = build_decision(program, models=_MODELS, pipeline=_pipeline("score"))
    row = build_row_type(program.features)()

    with pytest.raises(MissingFeatureError):
        decision.decide(row, lambda _: pytest.fail("a model ran"))


_MODELS = msgspec.convert(
    {
        "models": [
            {
                "name": "m",
                "sha256": "",
                "inputs": [],
                "outputs": [{"name": "score", "index": 0}, {"name": "whole"}],
            }
        ]
    },
    parts.Models,
)


def _pipeline(output: str, **members: str) -> parts.Pipeline:
    single = {"type": "Single", "outputName": output}
    routes: Sequence[Document] = [{"name": "default", "decision": single, **members}]
    return msgspec.convert({"routes": routes}, parts.Pipeline)


@pytest.mark.parametrize(
    ("pipeline", "postprocessing", "messages"),
    [
        (
            _pipeline("whole"),
            {},
            [
                (
                    "MS528 spec.pipeline.routes[0].single.outputName: 'whole' is a whole row of"
                    " the graph's output; a route decides one number; give the output an `index`"
                )
            ],
        ),
        (
            _pipeline("score", when="scor"),
            {},
            ["MS301 spec.pipeline.routes[0].when: column 1: unknown name 'scor'"],
        ),
        (
            _pipeline("score"),
            {
                "outputs": [{"name": "p", "type": "Int64", "expr": "raw"}],
                "bands": {"outputName": "q", "ranges": [{"name": "A", "from": 0, "action": "A"}]},
                "reasonCodes": {"rules": [{"code": "A", "when": "1 +"}]},
            },
            [
                (
                    "MS334 spec.postprocessing.outputs[0].expr: column 1: expression has type"
                    " float64, `type` is Int64; use to_int() or declare Float64"
                ),
                "MS516 spec.postprocessing.bands.outputName: 'q' is no Int64 output",
                (
                    "MS314 spec.postprocessing.reasonCodes.rules[0].when: column 4: expected a"
                    " value, found end of expression"
                ),
            ],
        ),
    ],
    ids=["vector", "name", "several"],
)
def test_what_is_no_decision_is_refused_with_every_reason(
    pipeline: parts.Pipeline, postprocessing: Document, messages: list[str]
) -> None:
    program = read_program(parts.FeatureFetching(features=()), None)

    with pytest.raises(DecisionError) as caught:
        build_decision(
            program,
            models=_MODELS,
            pipeline=pipeline,
            postprocessing=msgspec.convert(postprocessing, parts.Postprocessing),
        )

    assert [str(finding).split("\n")[0] for finding in caught.value.findings] == messages
