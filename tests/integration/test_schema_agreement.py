"""The CRD on a real API server and lint offline say the same of any document."""

import json
import subprocess
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import TypeAlias

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings

from modelspec import names
from modelspec.errors import Code
from modelspec.validation.report import inspect
from modelspec.validation.structure import structure_findings
from support.effort import times
from support.kube import Json, Kubectl
from support.random_specs import mutated, valid_specs
from support.specs import Body, model_body

Refusal: TypeAlias = str | None
Ask: TypeAlias = Callable[[Body], Refusal]


def many(count: int) -> settings:
    """Return settings for a property that asks the API server, which takes milliseconds."""
    return settings(
        max_examples=times(count),
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],  # shrinking would ask the API server thousands of times
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@pytest.fixture(scope="module")
def ask(api_server: Kubectl) -> Iterator[Ask]:
    """Ask the API server whether it would store a specification, and why not."""
    namespace = api_server.fresh_namespace("agree").namespace
    command = api_server.command("proxy", "--port=0")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout is not None
        address = proxy.stdout.readline().split()[-1]
        path = f"/apis/{names.API_VERSION}/namespaces/{namespace}/{names.PLURAL}"
        with httpx.Client(base_url=f"http://{address}", timeout=30) as client:
            yield lambda spec: _refusal(client, path, spec)
        proxy.terminate()


def _model(spec: Body) -> Json:
    return {**model_body(spec), "metadata": {"name": "fraud"}}


def _refusal(client: httpx.Client, path: str, spec: Body) -> Refusal:
    answer = client.post(
        path, params={"dryRun": "All", "fieldValidation": "Strict"}, json=_model(spec)
    )
    if answer.status_code == HTTPStatus.CREATED:
        return None
    refused = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
    assert answer.status_code in refused, answer.text
    return str(answer.json()["message"])


@many(200)
@given(valid_specs())
def test_what_lint_accepts_the_api_server_accepts(ask: Ask, spec: Body) -> None:
    assert list(map(str, inspect(_model(spec)).findings)) == []
    assert ask(spec) is None


@many(600)
@given(valid_specs().flatmap(mutated))
def test_the_api_server_and_lint_refuse_the_same_structures(ask: Ask, spec: Body) -> None:
    refusal = ask(spec)
    # How large a quantity may be is beyond the cost that the API server allows a rule to have.
    findings = [
        finding
        for finding in structure_findings(spec)
        if refusal is not None or finding.code is not Code.MS619
    ]

    note(json.dumps(spec))
    note(f"API server: {refusal}")
    note(f"lint: {[str(finding) for finding in findings]}")
    assert (refusal is None) == (findings == [])
