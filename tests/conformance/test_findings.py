"""Every mistake has its message: which, where, what to do about it, and none besides."""

import pytest

from modelspec.errors import Code, Finding
from modelspec.validation.report import inspect
from support.findings import Case, load_cases, sample

CASES = load_cases()


def _reported(case: Case) -> tuple[list[Finding], list[Finding]]:
    """Return errors and warnings, without the warnings that the sample itself has."""
    usual = set(map(str, inspect(sample(case.base)).warnings))
    report = inspect(case.document)
    return list(report.findings), [item for item in report.warnings if str(item) not in usual]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_mistake_is_told_once_and_exactly(case: Case) -> None:
    errors, warnings = _reported(case)

    assert list(map(str, errors)) == list(map(str, case.errors))
    assert list(map(str, warnings)) == list(map(str, case.warnings))
    assert [item.excerpt for item in errors] == [item.excerpt for item in case.errors]


def test_every_code_that_a_specification_alone_can_have_is_shown() -> None:
    shown = {item.code for case in CASES.values() for item in (*case.errors, *case.warnings)}

    assert sorted(code.name for code in Code if code.name not in shown) == []
