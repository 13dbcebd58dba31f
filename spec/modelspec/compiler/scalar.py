"""The executor for single rows: one straight-line Python function for all that is wanted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan
from struct import Struct
from typing import Any, TypeAlias

from modelspec.compiler.emission import Emitter, limited
from modelspec.compiler.folding import fold_constants
from modelspec.compiler.generated import generate
from modelspec.compiler.rows import RowReader
from modelspec.expressions.graph import Input, Node
from modelspec.expressions.program import Program
from modelspec.expressions.types import MAX_FLOAT32, Kind

RowFunction: TypeAlias = Callable[[Any], tuple[Any, ...]]


@dataclass(frozen=True)
class Compiled:
    """A generated function, and its text for whoever wants to read it."""

    function: RowFunction
    source: str


def compile_values(program: Program, names: Sequence[str]) -> Compiled:
    """Return the function from a row to the values of the named features.

    A float's null is NaN, any other null is ``None``; a time is microseconds since 1970.
    """
    return _compile(fold_constants(program), names, _value)


def compile_tensor(program: Program, names: Sequence[str]) -> Compiled:
    """Return the function from a row to the columns of a float32 tensor, as floats.

    NaN is null; a vector takes as many columns as it is wide. A number is finite, but may be too
    large for float32: ``pack_row`` rounds.
    """
    return _compile(fold_constants(program), names, _cell)


def _compile(
    program: Program, names: Sequence[str], emit: Callable[[Emitter, Node], str]
) -> Compiled:
    outputs = [program.values[name] for name in names]
    checked = {item.name for item in program.features if item.required or item.strict_limits}
    inputs = [n for n in program.nodes if isinstance(n, Input) and n.name in checked]
    emitter = Emitter(RowReader(program.features))
    for node in program.needed([*inputs, *outputs]):
        emitter.prepare(node)
    source = emitter.source(
        ["row"], f"({''.join(f'{emit(emitter, node)}, ' for node in outputs)})"
    )
    return Compiled(generate(source, emitter.bound), source)


def _value(emitter: Emitter, node: Node) -> str:
    return emitter.ask(node, "")


def _cell(emitter: Emitter, node: Node) -> str:
    if node.type.kind is Kind.VECTOR:
        value = emitter.ask(node, "")
        nulls = emitter.bind((nan,) * node.type.length)
        return f"*({nulls} if {value} is None else {value})" if node.type.nullable else f"*{value}"
    if node.type.kind is not Kind.FLOAT64:
        value = emitter.ask(node, "")
        return f"NAN if {value} is None else {value}" if node.type.nullable else value
    # What is not nullable is neither NaN, of which arithmetic makes some that are negative, nor
    # infinite; nor is what was read, but for the one NaN that stands for null.
    if not node.type.nullable or isinstance(node, Input):
        return emitter.ask(node, "")
    return limited(emitter.ask(node, "raw"), "float32")


def column_count(program: Program, names: Sequence[str]) -> int:
    """Return how many columns features take; a vector takes as many as it is wide."""
    types = [program.values[name].type for name in names]
    return sum(found.length if found.kind is Kind.VECTOR else 1 for found in types)


def row_layout(cells: int) -> Struct:
    """Return the layout of a row as float32 in the machine's order.

    With ``=`` the library refuses what float32 cannot hold; its default makes it infinite.
    """
    return Struct(f"={cells}f")


def pack_row(layout: Struct, buffer: bytearray, offset: int, cells: tuple[float, ...]) -> None:
    """Write the cells of a row as float32; NaN where float32 has no finite number for one."""
    try:
        layout.pack_into(buffer, offset, *cells)
    except OverflowError:
        held = (cell if -MAX_FLOAT32 <= cell <= MAX_FLOAT32 else nan for cell in cells)
        layout.pack_into(buffer, offset, *held)
