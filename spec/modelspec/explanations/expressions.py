"""Explanations: what expressions may say."""

from functools import partial

from modelspec.errors import Code
from modelspec.explanations.explanation import Group, derived, explain

_explain = partial(explain, Group.EXPRESSIONS)

_DEEP = "abs(" * 33 + "amount" + ")" * 33
_MANY = f"greatest({', '.join(['amount'] * 257)})"

EXPLANATIONS = (
    _explain(
        Code.MS301,
        "An expression names what is not there.",
        """An expression may name raw features, other derived features and, as an argument of the
        functions that take them, parameters. A condition of a route may name features only. Text
        stands in double quotes; without them it is a name.""",
        wrong=derived("log1p(amout)"),
        right=derived("log1p(amount)"),
    ),
    _explain(
        Code.MS302,
        "An expression calls what is no function.",
        """The functions of the language are listed in its reference; there are no others, and a
        specification cannot define any. Where another language's name is known, the message says
        what it is called here.""",
        wrong=derived("pow(amount, 2)"),
        right=derived("amount ** 2"),
    ),
    _explain(
        Code.MS303,
        "A function gets too few, too many or unknown arguments.",
        """Every function says how many arguments it takes. By name only literals are given, as the
        digits of round(), and by the names of its signature.""",
        wrong=derived("coalesce(amount)"),
        right=derived("coalesce(avg_amount, amount)"),
    ),
    _explain(
        Code.MS304,
        "An argument has the wrong type.",
        """Nothing is converted silently, except an integer to a float: what a text would become as
        a number is a decision, and it is the author's. Functions such as parse_float() and
        to_string() make it.""",
        wrong=derived("length(lower(amount))"),
        right=derived("length(lower(account_id))"),
    ),
    _explain(
        Code.MS305,
        "Values of two types are compared.",
        """A number is never equal to a text, so such a comparison is a mistake and not false.
        Write numbers without quotes, or convert one side.""",
        wrong=derived('indicator(amount > "500")'),
        right=derived("indicator(amount > 500)"),
    ),
    _explain(
        Code.MS306,
        "Arithmetic is done with what is no number.",
        """Operators such as + and * take numbers. Texts are joined with concat(), truth values
        become numbers with indicator(), times with seconds_between() or epoch_seconds().""",
        wrong=derived("hash_bucket(account_id + channel, 100)"),
        right=derived("hash_bucket(concat(account_id, channel), 100)"),
    ),
    _explain(
        Code.MS307,
        "A logical operator gets what is no truth value.",
        """`and`, `or` and `not` take truth values. A number is neither true nor false: say which
        numbers are meant.""",
        wrong=derived('indicator(amount and channel == "Web")'),
        right=derived('indicator(amount > 0 and channel == "Web")'),
    ),
    _explain(
        Code.MS308,
        "Comparisons are chained.",
        """Some languages read `0 < x < 5` as two comparisons, others compare a truth value with 5.
        So it has to be written out.""",
        wrong=derived("indicator(0 < amount < 5)"),
        right=derived("indicator(0 < amount and amount < 5)"),
    ),
    _explain(
        Code.MS309,
        "Something is compared with null.",
        """Null stands for a value that is not known, and whether that equals anything is not known
        either: the comparison is null, and never true. is_null(x) says whether a value is
        missing.""",
        wrong=derived("indicator(channel == null)"),
        right=derived("indicator(is_null(channel))"),
    ),
    _explain(
        Code.MS310,
        "Values that must have one type have two.",
        """The branches of a condition, and the arguments of functions such as coalesce(), become
        one value, which has one type.""",
        wrong=derived('1 if channel == "Web" else "no"'),
        right=derived('1 if channel == "Web" else 0'),
    ),
    _explain(
        Code.MS311,
        "A condition is no truth value.",
        """What stands after `if`, and the condition of a route, must be true or false. Say when it
        is true.""",
        wrong=derived("1.0 if channel else 0.0"),
        right=derived("1.0 if not_null(channel) else 0.0"),
    ),
    _explain(
        Code.MS312,
        "An expression holds what the language does not have.",
        """There are names, literals, operators, conditions and calls of functions: no attributes,
        no subscripts, no assignments, no lambdas, no loops. That is what makes expressions safe to
        run, the same everywhere, and quick.""",
        wrong=derived("amount.log"),
        right=derived("log(amount)"),
    ),
    _explain(
        Code.MS313,
        "A text stands in single quotes.",
        """Texts stand in double quotes, so that there is one way to write each. Around the whole
        expression YAML's own quotes may stand, or none.""",
        wrong=derived("indicator(channel == 'Web')"),
        right=derived('indicator(channel == "Web")'),
    ),
    _explain(
        Code.MS314,
        "An expression ends too early.",
        """A parenthesis is not closed, an operator has no second operand, or there is nothing at
        all. The place is marked where something was expected.""",
        wrong=derived("log1p(amount"),
        right=derived("log1p(amount)"),
    ),
    _explain(
        Code.MS315,
        "An expression is nested too deep.",
        """Nobody reads thirty-two levels, and everything that handles expressions would need a
        deeper stack. Give an inner part a name: a derived feature that no model uses costs
        nothing.""",
        wrong=derived(_DEEP),
        right=derived("abs(amount)"),
    ),
    _explain(
        Code.MS316,
        "An expression is too long.",
        """An expression has at most 4096 characters and 256 operations, names and literals. Longer
        ones are almost always tables: use a lookup, or derived features with names.""",
        wrong=derived(_MANY),
        right=derived("greatest(amount, avg_amount)"),
    ),
    _explain(
        Code.MS317,
        "An expression can cost too much.",
        """What an expression costs at most is known from the lengths of texts and lists. One that
        could take longer than a whole request is refused, however short the values usually are.
        Usually a lower `maxLength` helps.""",
        wrong="""
        featureFetching:
          features:
          - name: descriptor
            type: String
            maxLength: 1024
        preprocessing:
          derived:
          - name: ratio
            type: Float32
            expr: edit_distance(descriptor, account_id)
        """,
        right="""
        featureFetching:
          features:
          - name: descriptor
            type: String
            maxLength: 100
        preprocessing:
          derived:
          - name: ratio
            type: Float32
            expr: edit_distance(descriptor, account_id)
        """,
    ),
    _explain(
        Code.MS325,
        "An argument must be written out.",
        """Patterns, zones, digits and the like are prepared once, before any row is seen. So they
        are literals, and not values that change from row to row.""",
        wrong=derived("indicator(regex_match(account_id, channel))"),
        right=derived('indicator(regex_match(account_id, "^a"))'),
    ),
    _explain(
        Code.MS326,
        "A pattern is no regular expression.",
        """Patterns are those of RE2, which takes linear time for whatever text. It has no
        references back and no look-around, for they cannot be matched in linear time.""",
        wrong=derived('indicator(regex_match(account_id, "(a"))'),
        right=derived('indicator(regex_match(account_id, "(a)"))'),
    ),
    _explain(
        Code.MS327,
        "A time zone is unknown.",
        """Zones have the names of the IANA database, such as Europe/Berlin. Abbreviations such as
        CET mean several zones, and change their meaning in summer.""",
        wrong=derived('hour(opened, "Europe/Berln")'),
        right=derived('hour(opened, "Europe/Berlin")'),
    ),
    _explain(
        Code.MS331,
        "Something is divided by zero.",
        """A division by zero gives null. With a zero that is written out it gives nothing but
        null, which nobody means.""",
        wrong=derived("amount / 0"),
        right=derived("amount / 100"),
    ),
    _explain(
        Code.MS333,
        "An integer in an expression is too large.",
        """From 2^53 on integers are not exact in every reader of JSON and in floats. Identifiers
        that large are texts.""",
        wrong=derived("indicator(count == 9007199254740993)"),
        right=derived("indicator(count == 900)"),
    ),
    _explain(
        Code.MS340,
        "A path into JSON is none.",
        """A path is `$` and after it names and positions, such as $.a.b or $.items[0].id. There
        are no wildcards, filters or steps of unknown depth: a path leads to one value.""",
        wrong=derived('indicator(json_string(account_id, "a..b") == "x")'),
        right=derived('indicator(json_string(account_id, "$.a.b") == "x")'),
    ),
)
