import pytest
from pydantic import ValidationError

from modelspec.schema.operations import Serving


def _resources(**resources: dict[str, str]) -> dict[str, dict[str, str]]:
    return Serving.model_validate({"resources": resources}).container_resources


def test_a_limit_below_the_default_request_replaces_it() -> None:
    assert _resources(limits={"memory": "128Mi"}) == {
        "requests": {"cpu": "100m"},
        "limits": {"memory": "128Mi"},
    }


def test_requests_that_are_given_replace_all_defaults() -> None:
    assert _resources(requests={"memory": "1024Mi"}) == {"requests": {"memory": "1Gi"}}


@pytest.mark.parametrize("amount", ["8Ei", "1000E", "-1"])
def test_amounts_that_the_api_server_would_not_keep_are_refused(amount: str) -> None:
    with pytest.raises(ValidationError, match="must be 0 or more and less than"):
        _resources(requests={"memory": amount})
