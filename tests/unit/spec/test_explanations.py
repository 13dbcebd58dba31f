import re

import pytest

from modelspec.errors import Code
from modelspec.explanations.catalogue import EXPLANATIONS, LISTED, explanation
from modelspec.explanations.coming import RESERVED
from modelspec.explanations.explanation import Explanation, Judge, Severity
from modelspec.validation.report import inspect
from scripts.explanations import completed, findings_of, render_pages

EXAMPLES = [item for item in LISTED if item.wrong is not None and item.right is not None]


def _name(item: Explanation) -> str:
    return item.code.name


def test_every_code_has_exactly_one_explanation() -> None:
    assert sorted(item.code.name for item in LISTED) == sorted(code.name for code in Code)
    assert all(explanation(code).code is code for code in Code)


def test_codes_that_are_reserved_are_no_codes_yet() -> None:
    names = [item.code for item in RESERVED]

    assert {code.name for code in Code}.isdisjoint(names)
    assert {code.reason for code in Code}.isdisjoint(item.reason for item in RESERVED)
    assert names == sorted(set(names))


def test_the_sample_is_valid_and_without_a_warning() -> None:
    assert findings_of("") == []


@pytest.mark.parametrize("item", EXAMPLES, ids=_name)
def test_what_is_called_wrong_leads_to_the_code(item: Explanation) -> None:
    assert item.code in {found.code for found in findings_of(item.wrong or "")}


@pytest.mark.parametrize("item", EXAMPLES, ids=_name)
def test_what_is_called_right_is_valid(item: Explanation) -> None:
    report = inspect(completed(item.right or ""))

    assert report.findings == ()
    assert item.code not in {found.code for found in findings_of(item.right or "")}


@pytest.mark.parametrize("item", EXAMPLES, ids=_name)
def test_an_example_is_refused_if_and_only_if_its_code_is_an_error(item: Explanation) -> None:
    findings = findings_of(item.wrong or "")
    warnings = {code for code, other in EXPLANATIONS.items() if other.severity is Severity.WARNING}

    refused = any(found.code not in warnings for found in findings)
    assert refused is (item.severity is Severity.ERROR)


@pytest.mark.parametrize("item", LISTED, ids=_name)
def test_an_explanation_has_an_example_or_says_why_not(item: Explanation) -> None:
    has_example = item.wrong is not None and item.right is not None

    assert has_example is (item.no_example == "")
    assert (item.wrong is None) is (item.right is None)
    if item.where in {Judge.OPERATOR, Judge.POD}:
        assert not has_example


@pytest.mark.parametrize("item", LISTED, ids=_name)
def test_an_explanation_is_made_of_sentences(item: Explanation) -> None:
    sentences = re.split(r"(?<=[.:]) ", item.meaning)

    assert re.fullmatch(r"[A-Z].{10,90}\.", item.title)
    assert item.meaning.endswith(".")
    assert 1 <= len(sentences) <= 6
    assert 60 <= len(item.meaning) <= 450


def test_every_code_has_a_page_which_the_list_links_to() -> None:
    pages = render_pages()
    listed = re.findall(r"\]\((MS\d+)\.md\)", pages["docs/reference/findings/README.md"])

    assert sorted(listed) == sorted(code.name for code in Code)
    assert set(pages) == {
        "docs/reference/findings/README.md",
        *(f"docs/reference/findings/{code.name}.md" for code in Code),
    }


def test_a_page_shows_what_lint_says_of_the_example() -> None:
    page = render_pages()["docs/reference/findings/MS301.md"]

    assert (
        "MS301 spec.preprocessing.derived[0].expr: column 7: unknown name 'amout';"
        " did you mean 'amount'?\n  log1p(amout)\n        ^^^^^\n"
    ) in page
