"""Constant folding: what is the same for every row is computed once, by the executor itself."""

from dataclasses import replace
from math import isnan
from types import MappingProxyType
from typing import Any

from modelspec.compiler.emission import Emitter
from modelspec.compiler.generated import generate
from modelspec.expressions.graph import Apply, Constant, Input, Node, is_null
from modelspec.expressions.program import Program
from modelspec.expressions.types import Kind


def fold_constants(program: Program) -> Program:
    """Return the program with every operation on constants replaced by its result."""
    results = _results(_constants(program))
    if not results:
        return program
    nodes: list[Node] = []
    for node in program.nodes:
        nodes.append(_folded(node, nodes, results))
    values = {name: nodes[node.number] for name, node in program.values.items()}
    return replace(program, nodes=tuple(nodes), values=MappingProxyType(values))


def _constants(program: Program) -> list[Apply]:
    """Return the operations that depend on no feature."""
    varying = {node.number for node in program.nodes if isinstance(node, Input)}
    found = []
    for node in program.nodes:
        if isinstance(node, Apply):
            if any(argument.number in varying for argument in node.arguments):
                varying.add(node.number)
            else:
                found.append(node)
    return found


def _results(constants: list[Apply]) -> dict[int, Any]:
    if not constants:
        return {}
    emitter = Emitter()
    values = [emitter.ask(node, "") for node in constants]
    source = emitter.source([], f"({', '.join(values)},)")
    computed = generate(source, emitter.bound)()
    return {node.number: value for node, value in zip(constants, computed, strict=True)}


def _folded(node: Node, earlier: list[Node], results: dict[int, Any]) -> Node:
    if node.number in results:
        value = results[node.number]
        if value is None or (node.type.kind is Kind.FLOAT64 and isnan(value)):
            return Constant(node.number, node.type, None)
        return Constant(node.number, node.type.required(), value)
    if isinstance(node, Apply):
        arguments = tuple(earlier[argument.number] for argument in node.arguments)
        if not node.operation.lenient and any(map(is_null, arguments)):
            return Constant(node.number, node.type.optional(), None)
        if any(new is not old for new, old in zip(arguments, node.arguments, strict=True)):
            return replace(node, arguments=arguments)
    return node
