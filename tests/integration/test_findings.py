"""The cases that the API server judges by itself: it refuses them, in its own words."""

import pytest

from support.findings import Case, load_cases
from support.kube import Kubectl, KubectlError

CASES = {name: case for name, case in load_cases().items() if case.server}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_api_server_refuses_what_lint_refuses(api_server: Kubectl, case: Case) -> None:
    with pytest.raises(KubectlError) as refused:
        api_server.dry_run(case.document)

    if isinstance(case.server, str):
        assert case.server in str(refused.value)
