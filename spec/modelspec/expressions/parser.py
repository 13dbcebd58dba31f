"""From text to a syntax tree, within bounds that hold before anything recurses.

The parser climbs precedences: it reads an operand and then every operator that binds at least as
tightly as its caller asked for. A syntax error ends it; what can be read past is collected.
"""

from collections.abc import Mapping

from modelspec.errors import Code
from modelspec.expressions.lexer import (
    clip,
    is_literal,
    is_name,
    is_number,
    read_literal,
    tokens_of,
)
from modelspec.expressions.precedence import BINDINGS, UNARIES, Level
from modelspec.expressions.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    ExpressionError,
    Keyword,
    Literal,
    Membership,
    Name,
    Problem,
    Span,
    Unary,
    children_of,
)
from modelspec.expressions.types import Kind

MAX_CHARACTERS = 4096
MAX_NODES = 256
MAX_DEPTH = 32
"""Levels of the tree, and of parentheses around each other."""

MAX_ITEMS = 64
"""Literals of a list."""

MAX_PROBLEMS = 20
"""Problems reported for one text: each quotes it, and nobody reads more."""

_INFIXES = {
    **{operator: binding.level for operator, binding in BINDINGS.items()},
    "in": Level.COMPARISON,
    "not": Level.COMPARISON,  # as in `not in`
    "if": Level.CONDITIONAL,
}
_NO_INFIX = -1
_CLOSING = {",", ")", "]"}

_TOO_DEEP = (
    f"expression must be nested at most {MAX_DEPTH} deep; name an intermediate derived feature"
)
_NO_LIST = "use in_set(x, p) with a parameter p, or list_contains(l, x) with a feature l"

_CALLS_ONLY = "only calls like f(x) are allowed"

_AFTER_OPERAND = {
    "[": _CALLS_ONLY,
    "(": _CALLS_ONLY,
    "=": "use '==' to compare",
    "else": "write 'a if condition else b'",
}
_AFTER_EXPRESSION = {
    **_AFTER_OPERAND,
    ")": "no parenthesis is open",
    "]": "no list is open",
    ",": "only calls take several values",
}
_BEFORE_OPERAND = {
    "[": "a list may only follow 'in'",
    "not": "put parentheses around 'not ...'",
}
_WORDS = {
    "is": "use is_null(x)",
    "between": "write 'lo < x and x < hi'",
    "like": "use starts_with(), contains() or regex_match()",
    "case": "write 'a if condition else b'",
    "elif": "write 'a if condition else b'",
    **dict.fromkeys(("lambda", "for", "import", "await", "yield"), _CALLS_ONLY),
}
"""Names here, keywords elsewhere; only where no name can stand are they taken for the latter."""


def parse(text: str) -> Expression:
    """Return the syntax tree of a text.

    Raises:
        ExpressionError: With every problem that can be found without guessing.
    """
    if len(text) > MAX_CHARACTERS:
        message = f"expression must be at most {MAX_CHARACTERS} characters, got {len(text)}"
        problem = Problem(Code.MS316, Span(MAX_CHARACTERS, len(text)), message)
        raise ExpressionError(text, (problem,))
    return _Parser(text).parse()


class _Parser:
    """Where the reading of a text stands: the tokens left, what is open, what was found wrong."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens, self._starts, self._ends, self._no_token = tokens_of(text)
        self._index = 0
        self._depth = 1
        self._parentheses = 0
        self._problems: list[Problem] = []

    def parse(self) -> Expression:
        """Return the tree of the whole text."""
        if self._at_end():
            message = "expression is empty; write a name, a literal or a call such as log1p(x)"
            raise self._stop(Code.MS314, self._span, message)
        tree = self._expression(Level.CONDITIONAL)
        if not self._at_end():
            raise self._unexpected("an operator", _AFTER_EXPRESSION)
        if len(self._tokens) > MAX_DEPTH:  # no tree has more levels, or nodes, than tokens
            self._problems += _excesses(tree)
        if self._problems:
            raise self._error()
        return tree

    def _note(self, code: Code, span: Span, message: str) -> None:
        self._problems.append(Problem(code, span, message))

    def _stop(self, code: Code, span: Span, message: str) -> ExpressionError:
        self._note(code, span, message)
        return self._error()

    def _error(self) -> ExpressionError:
        ordered = sorted(self._problems, key=lambda problem: problem.span.start)
        return ExpressionError(self._text, tuple(ordered[:MAX_PROBLEMS]))

    def _too_deep(self) -> ExpressionError:
        return self._stop(Code.MS315, self._span, _TOO_DEEP)

    def _unexpected(
        self, expected: str, remedies: Mapping[str, str] = _AFTER_OPERAND
    ) -> ExpressionError:
        """Return the error for the current token, which does not fit here."""
        if self._no_token and self._is_last():
            self._problems.append(self._no_token)
            return self._error()
        token = self._token
        for index in (self._index, max(0, self._index - 1)) if _is_operand(token) else ():
            if self._tokens[index] in _WORDS:
                message = f"unexpected '{self._tokens[index]}'; {_WORDS[self._tokens[index]]}"
                return self._stop(Code.MS312, self._span_of(index), message)
        if self._is_last():
            message = f"expected {expected}, found end of expression"
            return self._stop(Code.MS314, self._span, message)
        message = f"expected {expected}, found {_shown(token)}"
        if token in remedies:
            character = "character " if len(token) == 1 else ""
            message = f"unexpected {character}'{token}'; {remedies[token]}"
        return self._stop(Code.MS312, self._span, message)

    @property
    def _token(self) -> str:
        """The token to be read next."""
        return self._tokens[self._index]

    @property
    def _span(self) -> Span:
        """Where the token to be read next stands."""
        return self._span_of(self._index)

    def _span_of(self, index: int) -> Span:
        return Span(self._starts[index], self._ends[index])

    def _is_last(self) -> bool:
        """Return whether there is no other token to be read."""
        return self._index == len(self._tokens) - 1

    def _at_end(self) -> bool:
        return self._is_last() and self._no_token is None

    def _since(self, start: int) -> Span:
        """Return the span from *start* to the token that was read last."""
        return Span(start, self._ends[self._index - 1])

    def _take(self) -> str:
        """Return the current token and go on to the next one."""
        token = self._tokens[self._index]
        self._index += 1
        return token

    def _skip(self, symbol: str) -> bool:
        """Return whether the current token is *symbol*, which is then read."""
        found = self._tokens[self._index] == symbol
        self._index += found
        return found

    def _expect(self, symbol: str, remedies: Mapping[str, str] = _AFTER_OPERAND) -> None:
        if not self._skip(symbol):
            raise self._unexpected(f"'{symbol}'", remedies)

    def _expression(self, least: Level) -> Expression:
        """Return the longest expression from here that binds at least as tightly as *least*."""
        start = self._starts[self._index]
        tree = self._prefix(least)
        comparisons = 0
        while (level := _INFIXES.get(self._tokens[self._index], _NO_INFIX)) >= least:
            comparisons += level == Level.COMPARISON
            if comparisons == 2:  # noqa: PLR2004  # once for a chain, however long
                message = "comparisons may not be chained; write 'lo < x and x < hi'"
                self._note(Code.MS308, self._span, message)
            tree = self._infix(tree, start)
        return tree

    def _below(self, least: Level) -> Expression:
        """Return an expression that becomes part of the one being read."""
        if self._depth == MAX_DEPTH:
            raise self._too_deep()
        self._depth += 1
        tree = self._expression(least)
        self._depth -= 1
        return tree

    def _prefix(self, least: Level) -> Expression:
        index = self._index
        text = self._tokens[index]
        if is_name(text):
            self._index += 1
            return self._call(index) if self._skip("(") else Name(text, self._span_of(index))
        if is_literal(text):
            return self._literal()
        if text == "(":
            return self._parenthesised()
        if UNARIES.get(text, _NO_INFIX) < least:
            raise self._unexpected("a value", _BEFORE_OPERAND)
        self._index += 1
        operand = self._below(UNARIES[text])
        return Unary(text, operand, self._since(self._starts[index]))

    def _literal(self) -> Literal:
        literal, problem = read_literal(self._token, self._span)
        if problem:
            self._problems.append(problem)
        self._index += 1
        return literal

    def _parenthesised(self) -> Expression:
        if self._parentheses == MAX_DEPTH:
            raise self._too_deep()
        self._take()
        self._parentheses += 1
        tree = self._expression(Level.CONDITIONAL)
        self._parentheses -= 1
        self._expect(")")
        return tree

    def _infix(self, left: Expression, start: int) -> Expression:
        match self._tokens[self._index]:
            case "if":
                return self._conditional(left, start)
            case "in" | "not":
                return self._membership(left, start)
            case _:
                return self._binary(left, start)

    def _binary(self, left: Expression, start: int) -> Binary:
        operator = self._take()
        right = self._below(BINDINGS[operator].right)
        if operator in {"==", "!="}:
            self._refuse_null(left, right)
        return Binary(operator, left, right, self._since(start))

    def _refuse_null(self, *operands: Expression) -> None:
        for operand in operands:
            if isinstance(operand, Literal) and operand.kind is Kind.NULL:
                message = "comparison with null is always null; use is_null(x)"
                self._note(Code.MS309, operand.span, message)
                return

    def _conditional(self, then: Expression, start: int) -> Conditional:
        self._take()
        condition = self._below(Level.OR)
        self._expect("else")
        otherwise = self._below(Level.CONDITIONAL)
        return Conditional(condition, then, otherwise, self._since(start))

    def _membership(self, operand: Expression, start: int) -> Membership:
        negated = self._skip("not")
        self._expect("in")
        opening = self._span
        if is_name(self._token):
            message = f"expected '[', found '{self._token}'; {_NO_LIST}"
            raise self._stop(Code.MS312, opening, message)
        self._expect("[", {"(": "write lists in square brackets"})
        items = [self._signed_literal("list item")]
        while self._skip(","):
            items.append(self._signed_literal("list item"))
        self._expect("]")
        if len(items) > MAX_ITEMS:
            message = f"list must have at most {MAX_ITEMS} items, got {len(items)}"
            remedy = "declare a parameter of type Set and use in_set()"
            self._note(Code.MS316, self._since(opening.start), f"{message}; {remedy}")
        return Membership(operand, tuple(items), negated, self._since(start))

    def _call(self, index: int) -> Call:
        """Return the call of the function that was named at *index*."""
        function = self._tokens[index]
        arguments: list[Expression] = []
        keywords: list[Keyword] = []
        if not self._skip(")"):
            self._argument(function, arguments, keywords)
            while self._skip(","):
                self._argument(function, arguments, keywords)
            self._expect(")")
        span = self._since(self._starts[index])
        return Call(function, tuple(arguments), tuple(keywords), span)

    def _argument(
        self, function: str, arguments: list[Expression], keywords: list[Keyword]
    ) -> None:
        """Read one argument of a call into the list where it belongs."""
        if is_name(self._token) and self._tokens[self._index + 1] == "=":
            keyword = self._keyword(function)
            if keyword.name in {other.name for other in keywords}:
                self._note(Code.MS303, keyword.span, f"{function}() got '{keyword.name}' twice")
            keywords.append(keyword)
            return
        argument = self._below(Level.CONDITIONAL)
        if keywords:
            message = f"{function}() takes no positional argument after '{keywords[-1].name}='"
            self._note(Code.MS312, argument.span, f"{message}; put it first")
        arguments.append(argument)

    def _keyword(self, function: str) -> Keyword:
        start = self._starts[self._index]
        name = self._take()
        self._expect("=")
        value = self._signed_literal(f"{function}() {name}")
        return Keyword(name, value, self._since(start))

    def _signed_literal(self, what: str) -> Literal:
        """Return a literal of a list or keyword argument, which may be a negative number."""
        start = self._starts[self._index]
        negative = self._skip("-")
        if self._is_last() or self._token in _CLOSING:
            raise self._unexpected("a literal")
        if not (is_number(self._token) if negative else is_literal(self._token)):
            raise self._no_literal(what, start)
        literal = self._literal()
        if self._token in _INFIXES:
            raise self._no_literal(what, start)
        value = literal.value
        if negative and isinstance(value, int | float):
            value = -value
        return Literal(value, literal.kind, self._since(start))

    def _no_literal(self, what: str, start: int) -> ExpressionError:
        span = Span(start, self._ends[self._index])
        return self._stop(Code.MS325, span, f"{what} must be a literal")


def _is_operand(token: str) -> bool:
    return is_name(token) or is_literal(token)


def _shown(token: str) -> str:
    return "a string" if token.startswith('"') else f"'{clip(token)}'"


def _excesses(tree: Expression) -> list[Problem]:
    """Return what is wrong with the size of a tree; iterates, for it may be as deep as long."""
    count, deep = 0, None
    pending: list[tuple[Expression, int]] = [(tree, 1)]
    while pending:
        node, depth = pending.pop()
        count += 1
        if depth > MAX_DEPTH and deep is None:
            deep = node
        pending += [(child, depth + 1) for child in reversed(_parts_of(node))]
    problems = []
    if deep:
        problems.append(Problem(Code.MS315, deep.span, _TOO_DEEP))
    if count > MAX_NODES:
        message = f"expression must have at most {MAX_NODES} nodes, got {count}"
        problems.append(Problem(Code.MS316, tree.span, message))
    return problems


def _parts_of(node: Expression) -> tuple[Expression, ...]:
    """Return everything directly below a node, also what is always a literal."""
    match node:
        case Call(keywords=keywords):
            return (*node.arguments, *(keyword.value for keyword in keywords))
        case Membership(operand=operand, items=items):
            return (operand, *items)
        case _:
            return children_of(node)
