"""Explanations: fitted parameters, and derived features together."""

from functools import partial

from modelspec.errors import Code
from modelspec.explanations.explanation import Group, Judge, Severity, derived, explain

_explain = partial(explain, Group.PARAMETERS)

_EDIT_DISTANCES = """
preprocessing:
  derived:
  - name: ratio
    type: Float32
    expr: edit_distance(descriptor, account_id)
  - name: is_web
    type: Float32
    expr: edit_distance(account_id, descriptor)
featureFetching:
  features:
  - name: descriptor
    type: String
    maxLength: 400
sla:
  latencyP99Milliseconds: {}
"""

EXPLANATIONS = (
    _explain(
        Code.MS318,
        "Preprocessing takes much of the time there is.",
        """What the expressions cost at most is estimated, and it is more than a fifth of
        `sla.latencyP99Milliseconds`. The model and the network need time, too. It is an estimate
        for the longest texts and lists; measure before you change anything.""",
        wrong=_EDIT_DISTANCES.format(1),
        right=_EDIT_DISTANCES.format(100),
        severity=Severity.WARNING,
    ),
    _explain(
        Code.MS319,
        "Derived features depend on each other in a circle.",
        """Each derived feature is computed after those that it names. In a circle there is none to
        begin with. The message shows the circle.""",
        wrong="""
        preprocessing:
          derived:
          - name: ratio
            type: Float32
            expr: count_z + 1.0
          - name: count_z
            type: Float32
            expr: ratio + affine(count, count_scale)
        """,
        right="""
        preprocessing:
          derived:
          - name: ratio
            type: Float32
            expr: count_z + 1.0
        """,
    ),
    _explain(
        Code.MS320,
        "A derived feature refers to itself.",
        """It would have to be computed before it is computed. If the raw feature is meant, it has
        another name.""",
        wrong=derived("coalesce(ratio, 0.0)"),
        right=derived("coalesce(avg_amount, 0.0)"),
    ),
    _explain(
        Code.MS321,
        "An expression names a parameter that is not there.",
        """Functions such as affine() and lookup() take fitted state by the name that it has in
        `preprocessing.parameters`.""",
        wrong=derived("affine(count, count_scal)", name="count_z"),
        right=derived("affine(count, count_scale)", name="count_z"),
    ),
    _explain(
        Code.MS322,
        "A function gets a parameter of another type.",
        """Each function takes one type of fitted state: bucketize() takes Edges, affine() takes
        Affine. The reference of the language lists them.""",
        wrong=derived("bucketize(count, count_scale)", name="count_z"),
        right=derived("affine(count, count_scale)", name="count_z"),
    ),
    _explain(
        Code.MS323,
        "A parameter is used like a value.",
        """A parameter is fitted state, such as a table or edges, and not a number. It is an
        argument of the functions that know what to do with it.""",
        wrong=derived("count + count_scale", name="count_z"),
        right=derived("affine(count, count_scale)", name="count_z"),
    ),
    _explain(
        Code.MS324,
        "A key has another type than the keys of its table.",
        """A table whose keys are texts is asked with a text. Say how a number becomes one, for
        instance with to_string(), or declare `keyType` otherwise.""",
        wrong="""
        preprocessing:
          parameters:
          - name: count_risk
            type: LookupTable
            lookupTable:
              keyType: String
              default: "0"
              entries: []
          derived:
          - name: ratio
            type: Float32
            expr: lookup(count, count_risk)
        """,
        right="""
        preprocessing:
          parameters:
          - name: count_risk
            type: LookupTable
            lookupTable:
              keyType: Int64
              default: "0"
              entries: []
          derived:
          - name: ratio
            type: Float32
            expr: lookup(count, count_risk)
        """,
    ),
    _explain(
        Code.MS328,
        "The edges of bins do not ascend.",
        """Bin i goes from one edge to the next. So each edge is greater than the one before, and
        none occurs twice.""",
        wrong="""
        preprocessing:
          parameters:
          - name: edges
            type: Edges
            edges:
              values: ["1", "90", "30"]
          derived:
          - name: ratio
            type: Float32
            expr: bucketize(amount, edges)
        """,
        right="""
        preprocessing:
          parameters:
          - name: edges
            type: Edges
            edges:
              values: ["1", "30", "90"]
          derived:
          - name: ratio
            type: Float32
            expr: bucketize(amount, edges)
        """,
    ),
    _explain(
        Code.MS329,
        "A scale is zero.",
        """affine() divides by the scale. A column that was constant in training has a scale of
        zero; it tells the model nothing and is better left out.""",
        wrong="""
        preprocessing:
          parameters:
          - name: count_scale
            type: Affine
            affine:
              center: "1.84"
              scale: "0"
        """,
        right="""
        preprocessing:
          parameters:
          - name: count_scale
            type: Affine
            affine:
              center: "1.84"
              scale: "1"
        """,
    ),
    _explain(
        Code.MS330,
        "A piecewise function is none.",
        """There are as many values as points, and the points ascend. A calibration does not fall,
        either: of two scores the greater one must not become the smaller probability.""",
        wrong="""
        postprocessing:
          calibration:
            type: PiecewiseLinear
            piecewiseLinear:
              x: ["0", "0.5", "1"]
              values: ["0.1", "0.05", "0.9"]
        """,
        right="""
        postprocessing:
          calibration:
            type: PiecewiseLinear
            piecewiseLinear:
              x: ["0", "0.5", "1"]
              values: ["0.05", "0.1", "0.9"]
        """,
    ),
    _explain(
        Code.MS332,
        "An expression gives the same for every request.",
        """It names no feature, or none that matters. A constant column tells a model nothing;
        often a name was meant and a text was written.""",
        wrong=derived("indicator(1 < 2)"),
        right=derived("indicator(count < 2)"),
        severity=Severity.WARNING,
    ),
    _explain(
        Code.MS334,
        "An expression gives another type than it declares.",
        """`type` says what callers and models may rely on, and is not a conversion. A text becomes
        a number by a code, a hash or a table; a float an integer by to_int().""",
        wrong=derived("lower(channel)"),
        right=derived("length(channel)"),
    ),
    _explain(
        Code.MS335,
        "An integer is too large for Float32.",
        """A tensor holds 32-bit floats, which tell integers apart up to 2^24. Two different values
        would reach the model as one. Scale it, take its logarithm, or bucket it.""",
        wrong="""
        featureFetching:
          features:
          - name: count
            maximum: "1e9"
        preprocessing:
          derived:
          - name: ratio
            type: Float32
            expr: count
        """,
        right="""
        featureFetching:
          features:
          - name: count
            maximum: "1e9"
        preprocessing:
          derived:
          - name: ratio
            type: Float32
            expr: log1p(count)
        """,
        severity=Severity.WARNING,
    ),
    _explain(
        Code.MS336,
        "Nothing uses a derived feature or a parameter.",
        """No answer depends on it. Perhaps a column was forgotten, or it can go: what is not used
        is not computed, but everybody who reads the specification reads it.""",
        wrong=derived("amount * 2.0", name="doubled"),
        right=derived("amount * 2.0", name="ratio"),
        severity=Severity.WARNING,
    ),
    _explain(
        Code.MS338,
        "A parameter has too many entries for what it is used for.",
        """one_hot() makes a column of every key of its vocabulary, and a model with thousands of
        them is slow and learns little. ordinal() and hash_bucket() make one column.""",
        no_example="An example would list more than a thousand keys.",
    ),
    _explain(
        Code.MS339,
        "A parameter makes no sense by itself.",
        """It does not have just the member that its type names, its bounds leave no value, or a
        key is of another type or listed twice. The message says which.""",
        wrong="""
        preprocessing:
          parameters:
          - name: limits
            type: Bounds
            bounds:
              low: "2"
              high: "1"
          derived:
          - name: ratio
            type: Float32
            expr: winsorize(amount, limits)
        """,
        right="""
        preprocessing:
          parameters:
          - name: limits
            type: Bounds
            bounds:
              low: "1"
              high: "2"
          derived:
          - name: ratio
            type: Float32
            expr: winsorize(amount, limits)
        """,
        where=Judge.CEL,
    ),
)
