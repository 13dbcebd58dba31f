"""Explanations: changes, and how a version is served."""

from functools import partial

from modelspec.errors import Code
from modelspec.explanations.explanation import Group, Judge, explain

_explain = partial(explain, Group.OPERATIONS)

EXPLANATIONS = (
    _explain(
        Code.MS609,
        "A field cannot be changed.",
        """Callers read the answers by what the model predicts: a probability, a class, a quantity.
        Under the same name it cannot become another; make a new ModelSpec, to which callers move
        when they are ready.""",
        wrong="""
        info:
          problemType: Regression
        """,
        right="""
        info:
          problemType: BinaryClassification
        """,
        where=Judge.CEL,
    ),
    _explain(
        Code.MS616,
        "A snapshot is not what it was.",
        """The documents of a version do not have the digest under which they are kept: somebody
        deleted the ConfigMap and made another one of this name. What cannot be verified is not
        served; delete it, and the operator writes it anew.""",
        no_example="It takes a cluster, and somebody who edits what is immutable.",
        where=Judge.OPERATOR,
    ),
    _explain(
        Code.MS619,
        "An amount is no quantity.",
        """CPU and memory are written as Kubernetes has them: 500m is half a core, 512Mi are 512
        times 2^20 bytes. An amount is not negative.""",
        wrong="""
        serving:
          resources:
            limits:
              memory: 512MB
        """,
        right="""
        serving:
          resources:
            limits:
              memory: 512Mi
        """,
        where=Judge.SCHEMA,
    ),
)
