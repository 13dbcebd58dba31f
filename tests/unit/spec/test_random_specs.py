"""Random valid specifications: lint has nothing to say, and what is written can be read."""

from hypothesis import given

from modelspec.validation.report import inspect
from support.effort import examples
from support.random_specs import valid_specs
from support.specs import Body, model_body


def _model(spec: Body) -> Body:
    return {**model_body(spec), "metadata": {"name": "fraud"}}


@examples(60)
@given(valid_specs())
def test_a_valid_specification_has_no_findings(spec: Body) -> None:
    assert list(map(str, inspect(_model(spec)).findings)) == []
