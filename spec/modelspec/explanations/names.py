"""Explanations: what things are called."""

from functools import partial

from modelspec.errors import Code
from modelspec.explanations.explanation import Group, Judge, derived, explain

_explain = partial(explain, Group.SHAPE)

EXPLANATIONS = (
    _explain(
        Code.MS107,
        "The object's name cannot be used.",
        """Services, Deployments and ConfigMaps are named after the model, with something added.
        So its name starts with a letter, holds lower-case letters, digits and '-', and is short
        enough that the names of all its children are valid.""",
        wrong="""
        metadata:
          name: Checkout_Fraud
        """,
        right="""
        metadata:
          name: checkout-fraud
        """,
        where=Judge.CEL,
    ),
    _explain(
        Code.MS108,
        "A text does not have the form that is demanded.",
        """Names of features are written in lower case with underscores, so that expressions can
        name them; names of models, routes and arms with '-'. Digests, shares and keys have forms
        of their own. The message says which, as a regular expression.""",
        wrong="""
        featureFetching:
          features:
          - name: Avg-Amount
            type: Float64
        """,
        right="""
        featureFetching:
          features:
          - name: avg_amount_30d
            type: Float64
        """,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS109,
        "A name means something else in expressions.",
        """Words such as `and`, `if` and `null` belong to the language, so no expression could name
        what is called so. What a specification itself names may not be called like a function
        either; features that callers send may, since only a function stands before a
        parenthesis.""",
        wrong=derived("amount * 2.0", name="log1p"),
        right=derived("amount * 2.0", name="doubled"),
    ),
    _explain(
        Code.MS110,
        "Two sources have one name.",
        """Features refer to a source by its name, so each name means one source. Kubernetes merges
        lists by these names, too.""",
        wrong="""
        featureFetching:
          sources:
          - name: request
            type: Request
            request: {}
          - name: request
            type: Request
            request: {}
        """,
        right="""
        featureFetching:
          sources:
          - name: request
            type: Request
            request: {}
        """,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS111,
        "Two items of a list have one name.",
        """Items are told apart by their names: when one is referred to, when Kubernetes merges two
        writers' changes, and in answers, which carry the name of a route. Usually an item was
        copied and not renamed.""",
        wrong="""
        featureFetching:
          features:
          - name: amount
            type: Float64
          - name: amount
            type: Int64
        """,
        right="""
        featureFetching:
          features:
          - name: amount
            type: Float64
          - name: amount_cents
            type: Int64
        """,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS112,
        "Something that is derived or fitted has a name that is taken.",
        """Expressions name raw features, derived features and parameters alike. If two of them had
        one name, a reader could not say which is meant.""",
        wrong=derived("amount * 2.0", name="amount"),
        right=derived("amount * 2.0", name="amount_doubled"),
    ),
    _explain(
        Code.MS113,
        "An output has the name of a feature.",
        """Logs and answers hold features and outputs side by side, and conditions may only name
        features. An output that is called like one would be mistaken for it.""",
        wrong="""
        postprocessing:
          outputs:
          - name: amount
            type: Float64
            expr: calibrated
        """,
        right="""
        postprocessing:
          outputs:
          - name: probability
            type: Float64
            expr: calibrated
        """,
    ),
)
