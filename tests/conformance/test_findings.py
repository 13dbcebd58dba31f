"""Every mistake has its message: which, where, what to do about it, and none besides."""

import pytest

from modelspec.errors import Code, Finding
from modelspec.explanations.catalogue import EXPLANATIONS
from modelspec.explanations.explanation import Judge, Severity
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


ELSEWHERE = {
    "MS100",  # whatever has no code of its own
    "MS117",  # of files: tests/unit/spec/test_documents.py
    "MS609",  # of changes: tests/unit/spec/test_validation.py
}


def test_every_code_that_a_specification_alone_can_have_is_shown() -> None:
    shown = {item.code for case in CASES.values() for item in (*case.errors, *case.warnings)}
    in_cluster = {
        code.name
        for code, item in EXPLANATIONS.items()
        if item.where in {Judge.OPERATOR, Judge.POD}
    }

    assert {code.name for code in Code} - shown - in_cluster == ELSEWHERE


def test_what_is_a_warning_is_said_once_for_all() -> None:
    errors = {item.code for case in CASES.values() for item in case.errors}
    warnings = {item.code for case in CASES.values() for item in case.warnings}
    explained = {
        code.name: item.severity
        for code, item in EXPLANATIONS.items()
        if code.name in errors | warnings
    }

    assert explained == {
        **dict.fromkeys(errors, Severity.ERROR),
        **dict.fromkeys(warnings, Severity.WARNING),
    }
    assert errors.isdisjoint(warnings)
