"""Explanations: calibration, outputs, bands, reasons, verification."""

from functools import partial

from modelspec.errors import Code
from modelspec.explanations.explanation import Group, Judge, Severity, explain

_explain = partial(explain, Group.POSTPROCESSING)

_NEEDS_ROWS = "It takes golden rows, which no fragment of a specification shows."

_BANDS = """
postprocessing:
  calibration:
    type: Sigmoid
    sigmoid:
      slope: "1.2"
      intercept: "-0.4"
  outputs:
  - name: score
    type: Int64
    expr: to_int(round(1000.0 * calibrated))
  bands:
    outputName: score
    ranges:
    - name: Approve
      from: {}
    - name: Review
      from: 350
    - name: Decline
      from: {}
"""

_OUTPUT = """
postprocessing:
  outputs:
  - name: {}
    type: Float64
    expr: {}
"""

_REASONS = """
postprocessing:
  reasonCodes:
    rules:
    - code: R001
      when: {}
    - code: {}
      when: is_null(channel)
"""

_TOLERANCE = """
verification:
  cases:
    artifact:
      type: ConfigMap
      sha256: fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9
      configMap:
        name: checkout-fraud-golden
        key: golden.jsonl
  outputTolerance:
    absolute: "{}"
"""

EXPLANATIONS = (
    _explain(
        Code.MS514,
        "Bands do not ascend.",
        """Each band begins where it says and ends where the next one begins. So each begins above
        the one before.""",
        wrong=_BANDS.format(0, 350),
        right=_BANDS.format(0, 800),
    ),
    _explain(
        Code.MS515,
        "Bands do not begin at the lowest score.",
        """Every score must be in a band. What the lowest score is follows from the expression of
        the output; where none follows, clip() sets one.""",
        wrong=_BANDS.format(10, 800),
        right=_BANDS.format(0, 800),
    ),
    _explain(
        Code.MS516,
        "Bands are of what is no integer output.",
        """`outputName` is one of `postprocessing.outputs` of type Int64. Bands of a float would
        have edges of which nobody can say on which side a value is.""",
        wrong=_BANDS.format(0, 800).replace("outputName: score", "outputName: scores"),
        right=_BANDS.format(0, 800),
    ),
    _explain(
        Code.MS517,
        "No score reaches a band.",
        """The band begins above the highest value that the output can have. Perhaps the scale of
        the score was changed and the bands were not.""",
        wrong=_BANDS.format(0, 1200),
        right=_BANDS.format(0, 800),
        severity=Severity.WARNING,
    ),
    _explain(
        Code.MS518,
        "The condition of a reason is no truth value.",
        """A reason applies where its expression is true; null counts as false. A number is
        neither: say from which on it applies.""",
        wrong=_REASONS.format("ratio", "R002"),
        right=_REASONS.format("ratio > 5.0", "R002"),
    ),
    _explain(
        Code.MS519,
        "A reason code has two rules.",
        """An answer carries each code at most once, and whoever reads it looks for one meaning.
        Join the two conditions with `or`.""",
        wrong=_REASONS.format("ratio > 5.0", "R001"),
        right=_REASONS.format("ratio > 5.0", "R002"),
    ),
    _explain(
        Code.MS520,
        "An expression of postprocessing names what is not there.",
        """Calibration sees `raw` and features. Outputs see `raw`, `calibrated` and features, but
        not each other. Conditions of reasons see the outputs, too.""",
        wrong=_OUTPUT.format("probability", "calibratd"),
        right=_OUTPUT.format("probability", "calibrated"),
    ),
    _explain(
        Code.MS521,
        "An output has a reserved name.",
        """`raw` and `calibrated` are there already, in every expression of postprocessing, and
        mean what was decided.""",
        wrong=_OUTPUT.format("raw", "calibrated"),
        right=_OUTPUT.format("probability", "calibrated"),
    ),
    _explain(
        Code.MS523,
        "A golden row cannot be used.",
        """Golden rows are JSON, one object a line: the raw features of a row, what models see of
        it, what they say, and what callers receive. The row lacks one of these, cannot be read,
        or would be refused by the specification itself. Write them again with `modelspec golden`
        or with `spec.golden(frame)`.""",
        no_example=_NEEDS_ROWS,
        where=Judge.POD,
    ),
    _explain(
        Code.MS524,
        "A feature of a golden row is not as it was in training.",
        """The row gives another number than was written down, further away than
        `featureTolerance` allows. The expressions or parameters are not those that the model was
        trained with. Write golden rows again only if the change is meant.""",
        no_example=_NEEDS_ROWS,
        where=Judge.POD,
    ),
    _explain(
        Code.MS525,
        "An output of a golden row is not as it was in training.",
        """A model, or what follows from it, gives another value than was written down, further
        away than `outputTolerance` allows. Was the model trained again, and the rows are those of
        the former one? Then write them again with `modelspec golden`.""",
        no_example=_NEEDS_ROWS,
        where=Judge.POD,
    ),
    _explain(
        Code.MS527,
        "A tolerance hides what it should find.",
        """Golden rows show that a version answers as it did in training. Between machines answers
        differ in the last digits, by a millionth or so; a tolerance a thousand times as large lets
        another model pass.""",
        wrong=_TOLERANCE.format("0.1"),
        right=_TOLERANCE.format("1e-5"),
        severity=Severity.WARNING,
    ),
    _explain(
        Code.MS531,
        "A calibration does not have just the member that its type names.",
        """`type` says which function it is, and the member of the same name holds its numbers. No
        other one may be there: a reader would think that it counts.""",
        wrong="""
        postprocessing:
          calibration:
            type: PiecewiseLinear
            sigmoid:
              slope: "1.2"
              intercept: "-0.4"
        """,
        right="""
        postprocessing:
          calibration:
            type: Sigmoid
            sigmoid:
              slope: "1.2"
              intercept: "-0.4"
        """,
        where=Judge.CEL,
    ),
)
