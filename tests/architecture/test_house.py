"""The house stays what it is: sizes, layout, generated files, what is written down where."""

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "spec/modelspec",
    "operator/modelspec_operator",
    "serving/modelspec_serving",
    "fetch/modelspec_fetch",
    "cli/modelspec_cli",
)
SOURCES = [
    path for folder in (*PACKAGES, "devcluster") for path in sorted((ROOT / folder).rglob("*.py"))
]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions() -> Iterator[tuple[str, int]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function):
                assert node.end_lineno is not None
                length = node.end_lineno - node.lineno + 1 - _docstring_lines(node)
                yield f"{path.relative_to(ROOT)}:{node.name}", length


def _docstring_lines(node: Function) -> int:
    first = node.body[0]
    documented = ast.get_docstring(node) is not None
    return first.end_lineno - first.lineno + 1 if documented and first.end_lineno else 0


def test_functions_are_short() -> None:
    lengths = dict(_functions())

    assert statistics.median(lengths.values()) <= 10
    assert {name: n for name, n in lengths.items() if n > 60} == {}


def test_modules_are_short() -> None:
    lengths = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in SOURCES}

    assert {name: n for name, n in lengths.items() if n > 400} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_each_root_folder_holds_one_package_and_no_module_of_its_own(package: str) -> None:
    root = ROOT / Path(package).parent

    assert [p.name for p in root.glob("*.py")] == [], "it would shadow the standard library"
    assert [p.name for p in root.iterdir() if p.is_dir() and any(p.glob("*.py"))] == [
        Path(package).name
    ]


def test_tests_are_found_by_path_and_not_as_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_lock_file_names_the_public_index() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    registries = {p["source"]["registry"] for p in lock["package"] if "registry" in p["source"]}
    files = {w["url"].split("/")[2] for p in lock["package"] for w in p.get("wheels", [])}

    assert registries == {"https://pypi.org/simple"}
    assert files == {"files.pythonhosted.org"}


def test_generated_files_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.generate", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_the_operator_may_do_nothing_with_secrets_and_nothing_by_wildcard() -> None:
    permissions = (ROOT / "deploy" / "permissions.yaml").read_text()

    assert "secrets" not in permissions
    assert "*" not in permissions


def test_importing_the_operator_package_does_not_shadow_the_standard_library() -> None:
    code = "import operator, modelspec_operator; print(operator.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert re.search(r"python3\.\d+/operator\.py$", done.stdout.strip())


def test_the_serving_runtime_never_loads_the_schema() -> None:
    code = (
        "import sys, modelspec_serving.app; "
        "print([name for name in sys.modules if 'modelspec.schema' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
