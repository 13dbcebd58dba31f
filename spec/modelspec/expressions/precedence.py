"""Which operator binds how tightly; the parser and the printer go by the same table."""

from enum import IntEnum
from typing import NamedTuple


class Level(IntEnum):
    """How tightly an expression binds."""

    CONDITIONAL = 0
    OR = 1
    AND = 2
    NOT = 3
    COMPARISON = 4
    SUM = 5
    PRODUCT = 6
    UNARY = 7
    POWER = 8
    ATOM = 9


class Binding(NamedTuple):
    """The level of a binary operator, and the lowest that its operands may have."""

    level: Level
    left: Level
    right: Level


BINDINGS = {
    "or": Binding(Level.OR, Level.OR, Level.AND),
    "and": Binding(Level.AND, Level.AND, Level.NOT),
    **dict.fromkeys(
        ("==", "!=", "<", "<=", ">", ">="), Binding(Level.COMPARISON, Level.SUM, Level.SUM)
    ),
    **dict.fromkeys(("+", "-"), Binding(Level.SUM, Level.SUM, Level.PRODUCT)),
    **dict.fromkeys(("*", "/", "//", "%"), Binding(Level.PRODUCT, Level.PRODUCT, Level.UNARY)),
    "**": Binding(Level.POWER, Level.ATOM, Level.UNARY),
}

UNARIES = {"not": Level.NOT, "-": Level.UNARY}
