"""Explanations: shape: fields, types, sizes."""

from functools import partial

from modelspec.errors import Code
from modelspec.explanations.explanation import Group, Judge, Severity, explain

_explain = partial(explain, Group.SHAPE)

EXPLANATIONS = (
    _explain(
        Code.MS100,
        "The specification breaks the schema.",
        """Something in it is not as the schema says, in a way for which there is no code of its
        own. The message is the schema's.""",
        no_example="Whatever is known to go wrong has a code of its own.",
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS102,
        "A field is unknown.",
        """The API server would drop a field that it does not know, and the model would silently
        be served without what was meant. So it is refused; usually it is a slip of the pen, or a
        field that stands one level too high or too low.""",
        wrong="""
        serving:
          replica: 3
        """,
        right="""
        serving:
          replicas: 3
        """,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS103,
        "A word is none of those to choose from.",
        """The field takes one of a few words, with exactly this spelling and these capitals. The
        message lists them all.""",
        wrong="""
        featureFetching:
          features:
          - name: amount
            type: float64
        """,
        right="""
        featureFetching:
          features:
          - name: amount
            type: Float64
        """,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS104,
        "A number stands where a text is needed.",
        """Decimal numbers are written as texts, because JSON and YAML readers round what they take
        for a float. A default of 0.1 would mean something else after each of them, and the version
        with it.""",
        wrong="""
        featureFetching:
          features:
          - name: count
            default: 0
        """,
        right="""
        featureFetching:
          features:
          - name: count
            default: "0"
        """,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS105,
        "A field is null.",
        """Kubernetes drops a null, as if the field was not there, and the default takes its place.
        In YAML `~`, `null` and an empty value are null. Leave the field out if that is meant, and
        quote the word if it is a text.""",
        wrong="""
        info:
          description: ~
        """,
        right="""
        info:
          description: "~"
        """,
        severity=Severity.WARNING,
    ),
    _explain(
        Code.MS106,
        "A truth value stands where a text is needed.",
        """YAML, as Kubernetes reads it, takes the words yes, no, on, off, y and n for truth
        values, in capitals too. So a list of countries with Norway in it holds a false. Quote such
        words.""",
        wrong="""
        featureFetching:
          features:
          - name: channel
            allowedValues: [Web, App, NO]
        """,
        right="""
        featureFetching:
          features:
          - name: channel
            allowedValues: [Web, App, "NO"]
        """,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS114,
        "A list has too many items.",
        """Every list has a largest size. It bounds what checking and serving a specification can
        cost, and the API server asks for it. Bulk belongs into an artifact.""",
        wrong="""
        featureFetching:
          sources:
          - name: request
            type: Request
            request: {}
          - name: gateway
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
        Code.MS115,
        "The language is unknown.",
        """The language says what expressions mean. A runtime that does not know it could only
        guess, so every part refuses what it does not know.""",
        wrong="""
        preprocessing:
          language: msx/v2
        """,
        right="""
        preprocessing:
          language: msx/v1
        """,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS116,
        "The snapshot fits into no ConfigMap.",
        """A version is kept as an immutable ConfigMap, which holds a little over a million bytes.
        Almost always a parameter is too large: a table of tens of thousands of keys belongs into
        the model, or into fewer keys with a default.""",
        no_example="An example would be as long as a book.",
    ),
    _explain(
        Code.MS117,
        "The file cannot be read.",
        """It is no YAML and no JSON, is larger than anybody writes, or says one thing twice: a key
        that occurs again would silently win. The message says where. Files are read as kubectl
        reads them, so that a check sees what the cluster would see.""",
        wrong="""
        info:
          displayName: Checkout fraud
          displayName: Checkout fraud, new
        """,
        right="""
        info:
          displayName: Checkout fraud, new
        """,
    ),
    _explain(
        Code.MS118,
        "The object is no ModelSpec.",
        """`apiVersion` and `kind` say what an object is. With anything else in them the cluster
        would look for another kind of object, or for another version of this one.""",
        wrong="""
        kind: Modelspec
        """,
        right="""
        kind: ModelSpec
        """,
    ),
    _explain(
        Code.MS119,
        "A field is missing.",
        """Without it the object cannot be understood, and there is no default that would suit
        most.""",
        wrong="""
        featureFetching:
          features:
          - name: merchant
        """,
        right="""
        featureFetching:
          features:
          - name: merchant
            type: String
        """,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS121,
        "A text is no decimal number.",
        """Numbers are written as texts with a point, such as "0.85" or "1e6". NaN and infinity are
        no values, a comma is no point, and a number that is written in two ways would make two
        versions.""",
        wrong="""
        featureFetching:
          features:
          - name: amount
            minimum: "1,5"
        """,
        right="""
        featureFetching:
          features:
          - name: amount
            minimum: "1.5"
        """,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS122,
        "A list has too few items.",
        """An empty list here means nothing that could be served: no feature, no column, no output,
        no route. Leave an optional list out if there is nothing to say.""",
        wrong="""
        featureFetching:
          features:
          - name: channel
            allowedValues: []
        """,
        right="""
        featureFetching:
          features:
          - name: channel
            allowedValues: [Web, App, Shop]
        """,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS123,
        "A number is outside its bounds.",
        """The field has a smallest and a largest value. Beyond them it has no meaning, as a
        negative distance, or would harm the cluster.""",
        wrong="""
        serving:
          replicas: 0
        """,
        right="""
        serving:
          replicas: 1
        """,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS124,
        "A value has the wrong type.",
        """A list stands where an object is needed, a text where an integer is, a fraction where
        there are none. The API server takes nothing for anything else, and neither does lint.""",
        wrong="""
        serving:
          replicas: "3"
        """,
        right="""
        serving:
          replicas: 3
        """,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS125,
        "A text is empty or too long.",
        """Every text has a largest length, which bounds what an object can cost, and a name or a
        contact of no characters says nothing.""",
        wrong="""
        info:
          displayName: ""
        """,
        right="""
        info:
          displayName: Checkout fraud
        """,
        where=Judge.SCHEMA,
    ),
)
