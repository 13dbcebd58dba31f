"""Explanations: feature fetching."""

from functools import partial

from modelspec.errors import Code
from modelspec.explanations.explanation import Group, Judge, Severity, explain

_explain = partial(explain, Group.FEATURES)

EXPLANATIONS = (
    _explain(
        Code.MS201,
        "A feature names a source that is not there.",
        """`sourceName` refers to an item of `sources` by its name. Without it the value comes with
        the request.""",
        wrong="""
        featureFetching:
          features:
          - name: amount
            sourceName: requst
        """,
        right="""
        featureFetching:
          features:
          - name: amount
            sourceName: request
        """,
    ),
    _explain(
        Code.MS202,
        "A source does not have just the member that its type names.",
        """`type` says what kind of source it is, and the member of the same name says the rest. It
        must be there, even if it is empty, and no other one may be.""",
        wrong="""
        featureFetching:
          sources:
          - name: request
            type: Request
        """,
        right="""
        featureFetching:
          sources:
          - name: request
            type: Request
            request: {}
        """,
        where=Judge.CEL,
    ),
    _explain(
        Code.MS204,
        "A default is no integer.",
        """A default is read by the type of its feature, and for an Int64 that takes an integer
        without a fraction, below 2^53 in magnitude.""",
        wrong="""
        featureFetching:
          features:
          - name: count
            default: "1.5"
        """,
        right="""
        featureFetching:
          features:
          - name: count
            default: "2"
        """,
    ),
    _explain(
        Code.MS205,
        "A default is an integer that is not exact everywhere.",
        """From 2^53 on JSON readers and tensors round integers, so two different values become
        one. Numbers that large are identifiers, with which nobody calculates: they are
        Strings.""",
        wrong="""
        featureFetching:
          features:
          - name: count
            default: "9007199254740993"
        """,
        right="""
        featureFetching:
          features:
          - name: count
            default: "0"
        """,
    ),
    _explain(
        Code.MS206,
        "A default is no number.",
        """For a Float64 a default is a decimal number such as "0.85". NaN is not a value: what is
        missing and has no default is null in expressions and NaN in a tensor.""",
        wrong="""
        featureFetching:
          features:
          - name: avg_amount
            default: NaN
        """,
        right="""
        featureFetching:
          features:
          - name: avg_amount
            default: "20.5"
        """,
    ),
    _explain(
        Code.MS207,
        "A default is no time.",
        """For a Timestamp a default is a time as RFC 3339 has it, with its offset from UTC. A time
        without an offset would mean another moment in each place.""",
        wrong="""
        featureFetching:
          features:
          - name: opened
            default: yesterday
        """,
        right="""
        featureFetching:
          features:
          - name: opened
            default: "2026-01-02T03:04:05Z"
        """,
    ),
    _explain(
        Code.MS208,
        "A default is no truth value.",
        """For a Bool a default is the text "true" or the text "false", nothing else.""",
        wrong="""
        featureFetching:
          features:
          - name: returning
            type: Bool
            default: "yes"
        """,
        right="""
        featureFetching:
          features:
          - name: returning
            type: Bool
            default: "true"
        """,
    ),
    _explain(
        Code.MS209,
        "A default is longer than the values of its feature.",
        """A request with a longer text than `maxLength` is refused, so a default that is longer
        could not have been sent. Without `maxLength` it is 1024 characters.""",
        wrong="""
        featureFetching:
          features:
          - name: country
            type: String
            maxLength: 2
            default: SWE
        """,
        right="""
        featureFetching:
          features:
          - name: country
            type: String
            maxLength: 2
            default: SE
        """,
    ),
    _explain(
        Code.MS210,
        "A default is outside the bounds of its feature.",
        """What stands in for a missing value must be a value that the feature may have: between
        `minimum` and `maximum`, and one of `allowedValues`.""",
        wrong="""
        featureFetching:
          features:
          - name: count
            default: "-1"
        """,
        right="""
        featureFetching:
          features:
          - name: count
            default: "0"
        """,
    ),
    _explain(
        Code.MS211,
        "The bounds of a feature leave no value, or are none.",
        """`minimum` must not be greater than `maximum`, and both must be values of the feature's
        type: no fraction for an Int64.""",
        wrong="""
        featureFetching:
          features:
          - name: amount
            minimum: "2e6"
        """,
        right="""
        featureFetching:
          features:
          - name: amount
            minimum: "1"
        """,
    ),
    _explain(
        Code.MS212,
        "A feature that is no number has numeric bounds.",
        """`minimum` and `maximum` are for Int64 and Float64. Texts are bounded by `maxLength` and
        `allowedValues`.""",
        wrong="""
        featureFetching:
          features:
          - name: account_id
            minimum: "1"
        """,
        right="""
        featureFetching:
          features:
          - name: account_id
            maxLength: 32
        """,
    ),
    _explain(
        Code.MS214,
        "A required feature has a default.",
        """A request without a required feature is refused, so its default would never be used. One
        of the two is not meant.""",
        wrong="""
        featureFetching:
          features:
          - name: amount
            default: "1"
        """,
        right="""
        featureFetching:
          features:
          - name: amount
            required: false
            default: "1"
        """,
        where=Judge.CEL,
    ),
    _explain(
        Code.MS223,
        "Nothing uses a raw feature.",
        """Callers are asked for it, and it decides nothing: no expression that an answer depends
        on, no column of a model, no key of a split. Perhaps a name is misspelled elsewhere, or it
        can go.""",
        wrong="""
        featureFetching:
          features:
          - name: device_id
            type: String
        """,
        right="""
        featureFetching:
          features:
          - name: account_id
            type: String
        """,
        severity=Severity.WARNING,
    ),
    _explain(
        Code.MS229,
        "Allowed values or their policy contradict something.",
        """`allowedValues` lists the texts that a String may have, each once and none longer than
        `maxLength`. `onOutOfRange` needs bounds to be out of, and a text has no nearest value to
        which it could be clamped.""",
        wrong="""
        featureFetching:
          features:
          - name: channel
            onOutOfRange: Clamp
        """,
        right="""
        featureFetching:
          features:
          - name: channel
            onOutOfRange: Reject
        """,
        where=Judge.CEL,
    ),
    _explain(
        Code.MS230,
        "Fields of lists and of single values are mixed.",
        """A List says what its items are by `itemType`, may have `maxItems`, and has no default.
        Nothing else has these fields, and `maxLength` is for texts and lists of texts.""",
        wrong="""
        featureFetching:
          features:
          - name: tags
            type: List
        """,
        right="""
        featureFetching:
          features:
          - name: tags
            type: List
            itemType: String
        """,
        where=Judge.CEL,
    ),
)
