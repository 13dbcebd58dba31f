"""Explanations: routes, splits, ensembles, fallbacks."""

from functools import partial

from modelspec.errors import Code
from modelspec.explanations.explanation import Group, Judge, Severity, explain

_explain = partial(explain, Group.PIPELINE)

_DEFAULT = """\
  - name: default
    type: Single
    single:
      outputName: gbdt_score
"""

_ROUTES = """
pipeline:
  routes:
  - name: large
    when: {}
    type: Single
    single:
      outputName: gbdt_score
"""

_SECOND_OUTPUT = """
models:
- name: gbdt
  outputs:
  - name: gbdt_score
    tensor: probabilities
    index: 1
  - name: gbdt_other
    tensor: probabilities
    index: 0
"""

_SPLIT = """
pipeline:
  routes:
  - name: experiment
    type: Split
    split:
      keyFeatureName: {key}
      arms:
      - name: control
        outputName: gbdt_score
        percent: {control}
      - name: treatment
        outputName: gbdt_other
        percent: 10
"""

_ENSEMBLE = """
pipeline:
  routes:
  - name: both
    type: Ensemble
    ensemble:
      combine: WeightedMean
      members:
      - outputName: gbdt_score
        weight: {}
      - outputName: gbdt_other
        weight: 30
"""

EXPLANATIONS = (
    _explain(
        Code.MS501,
        "Two routes take all requests.",
        """The first route whose condition is true decides. A route without `when` takes whatever
        comes to it, so those after it would never be asked.""",
        wrong="pipeline:\n  routes:\n" + _DEFAULT.replace("default", "first") + _DEFAULT,
        right="pipeline:\n  routes:\n" + _DEFAULT,
        where=Judge.CEL,
    ),
    _explain(
        Code.MS502,
        "The last route has a condition.",
        """A request that meets no condition must be decided, too. So the last route takes all that
        are left, without `when`.""",
        wrong=_ROUTES.format("amount > 1000"),
        right=_ROUTES.format("amount > 1000") + _DEFAULT,
        where=Judge.CEL,
    ),
    _explain(
        Code.MS503,
        "A condition is never true.",
        """It is false or null for every request, so its route decides nothing. Take the route out
        to switch it off.""",
        wrong=_ROUTES.format("1 > 2") + _DEFAULT,
        right=_ROUTES.format("amount > 2") + _DEFAULT,
    ),
    _explain(
        Code.MS504,
        "A condition has been met by an earlier route.",
        """Whenever it is true, the condition of an earlier route is true as well, and that one
        decides. Usually the order is wrong: the narrower condition comes first.""",
        wrong=_ROUTES.format("amount > 100")
        + _ROUTES.format("amount > 5000").split("routes:\n")[1].replace("large", "larger")
        + _DEFAULT,
        right=_ROUTES.format("amount > 5000").replace("large", "larger")
        + _ROUTES.format("amount > 100").split("routes:\n")[1]
        + _DEFAULT,
        severity=Severity.WARNING,
    ),
    _explain(
        Code.MS505,
        "The percents of a split do not sum to 100.",
        """Every key belongs to one arm. If the shares do not make a whole, some keys would have
        none, or two.""",
        wrong=_SECOND_OUTPUT + _SPLIT.format(key="account_id", control=85).lstrip("\n"),
        right=_SECOND_OUTPUT + _SPLIT.format(key="account_id", control=90).lstrip("\n"),
        where=Judge.CEL,
    ),
    _explain(
        Code.MS506,
        "The weights of an ensemble do not sum to 100.",
        """A WeightedMean takes a share of every member, and the shares make a whole. Max and Min
        have no use for weights.""",
        wrong=_SECOND_OUTPUT + _ENSEMBLE.format(80).lstrip("\n"),
        right=_SECOND_OUTPUT + _ENSEMBLE.format(70).lstrip("\n"),
        where=Judge.CEL,
    ),
    _explain(
        Code.MS507,
        "An ensemble has the wrong size.",
        """It takes at least two members, and no more than all of them can be asked to answer by
        `quorum`. One output alone is a route of type Single.""",
        wrong=_SECOND_OUTPUT + _ENSEMBLE.format(70).lstrip("\n").rstrip() + "\n      quorum: 3\n",
        right=_SECOND_OUTPUT + _ENSEMBLE.format(70).lstrip("\n").rstrip() + "\n      quorum: 2\n",
        where=Judge.CEL,
    ),
    _explain(
        Code.MS508,
        "The key of a split can be missing, or is no key.",
        """The arm is chosen by a hash of the key. All requests without one would take the same
        arm, and the experiment would measure that. So the key is required, and a String or an
        Int64.""",
        wrong=_SECOND_OUTPUT + _SPLIT.format(key="channel", control=90).lstrip("\n"),
        right=_SECOND_OUTPUT + _SPLIT.format(key="account_id", control=90).lstrip("\n"),
    ),
    _explain(
        Code.MS509,
        "A route names what is no output of a model.",
        """Routes and fallbacks name outputs, by the names that they have in `models[].outputs`;
        not models, and not outputs of postprocessing.""",
        wrong="pipeline:\n  routes:\n" + _DEFAULT.replace("gbdt_score", "gbdt"),
        right="pipeline:\n  routes:\n" + _DEFAULT,
    ),
    _explain(
        Code.MS510,
        "The only fallback is what has just failed.",
        """A fallback stands in when a route cannot answer. If it is the very output of the default
        route, it cannot answer either. A constant always can.""",
        wrong="""
        pipeline:
          fallback:
          - type: Output
            outputName: gbdt_score
        """,
        right="""
        pipeline:
          fallback:
          - type: Constant
            constant: "0.02"
        """,
        severity=Severity.WARNING,
    ),
    _explain(
        Code.MS511,
        "A constant is no probability.",
        """The model says of itself that it is a BinaryClassification, so what is decided is a
        probability: from 0 to 1. A constant outside would be calibrated and banded like one.""",
        wrong="""
        pipeline:
          fallback:
          - type: Constant
            constant: "2"
        """,
        right="""
        pipeline:
          fallback:
          - type: Constant
            constant: "0.02"
        """,
    ),
    _explain(
        Code.MS512,
        "An expression names what a model gives.",
        """Routes are chosen before any model runs, so their conditions see features only. In
        postprocessing what the pipeline decided is called `raw`, whichever model it came
        from.""",
        wrong=_ROUTES.format("gbdt_score > 0.5") + _DEFAULT,
        right=_ROUTES.format("amount > 5000") + _DEFAULT,
    ),
    _explain(
        Code.MS528,
        "A route names a whole row.",
        """An output without `index` is the whole row of the graph's output, such as a probability
        for each class. A route decides one number, so say which column.""",
        wrong="""
        models:
        - name: gbdt
          outputs:
          - name: gbdt_score
            tensor: probabilities
        """,
        right="""
        models:
        - name: gbdt
          outputs:
          - name: gbdt_score
            tensor: probabilities
            index: 1
        """,
    ),
    _explain(
        Code.MS529,
        "Groups that need each other are not there.",
        """An answer comes from models or from `postprocessing.outputs`; one of them must be there.
        Several models, and postprocessing after a model, need a `pipeline` that says which output
        decides. A group that is there says something.""",
        wrong="""
        postprocessing: {}
        """,
        right="""
        postprocessing:
          outputs:
          - name: probability
            type: Float64
            expr: calibrated
        """,
        where=Judge.CEL,
    ),
    _explain(
        Code.MS530,
        "A route or a fallback does not have just the member that its type names.",
        """`type` says how it decides, and the member of the same name says the rest. No other one
        may be there: a reader would think that it counts.""",
        wrong="""
        pipeline:
          routes:
          - name: default
            type: Split
            single:
              outputName: gbdt_score
        """,
        right="pipeline:\n  routes:\n" + _DEFAULT,
        where=Judge.CEL,
    ),
)
