"""A specification as a notebook writes it: three ways in, one document out."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import modelspec as ms
from modelspec.compiler.frames import FrameError
from modelspec.compiler.tensors import transform
from modelspec.documents.reader import read_documents
from modelspec.errors import ModelSpecError
from modelspec.expressions.syntax import ExpressionError
from modelspec.notebook.declarations import SpecError
from modelspec.notebook.fit.analyzer import FitError
from modelspec.notebook.importers.imported import ImportedModel, ImportedOutput
from modelspec.notebook.logic import NotFittedError
from modelspec.notebook.spec import Spec
from modelspec.validation.report import inspect

SIGMOID = {"type": "Sigmoid", "sigmoid": {"slope": "1.0", "intercept": "0.0"}}
ROWS = 60


def payments() -> Spec:
    spec = Spec("checkout-fraud")
    spec.feature("amount", ms.Float64, required=True, minimum=0)
    spec.feature("average", ms.Float64)
    spec.feature("mcc", ms.String, max_length=4)
    spec.feature("days", ms.Int64, default=3)
    return spec


def frame(rows: int = ROWS) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    return {
        "amount": rng.lognormal(3, 1, rows),
        "average": np.where(rng.random(rows) < 0.2, np.nan, rng.lognormal(3, 1, rows)),
        "mcc": [None if key == "z" else key for key in rng.choice(list("abcdz"), rows)],
        "days": rng.integers(0, 50, rows),
    }


def labels(rows: int = ROWS) -> NDArray[np.float64]:
    return (np.random.default_rng(2).random(rows) < 0.4).astype(np.float64)


def encoded() -> Spec:
    """Return a specification whose mean targets are scaled, so that one fit needs another."""
    spec = payments()
    risks = spec.fit.target_mean("risks", ms.lower(spec["mcc"]), smoothing=2, folds=3)
    risk = spec.derive("risk", ms.Float64, ms.lookup(ms.lower(spec["mcc"]), risks))
    scale = spec.fit.mean_std("scale", risk)
    spec.derive("scaled", ms.Float32, ms.affine(risk, scale))
    spec.derive("ratio", ms.Float32, "coalesce(amount / average, 0.0)")
    return spec


def model(columns: tuple[str, ...], *outputs: ImportedOutput, **fields: Any) -> ImportedModel:
    return ImportedModel(
        content=fields.pop("content", b"bytes of a graph"),
        columns=columns,
        outputs=outputs or (ImportedOutput("score", "score"),),
        reference=lambda rows: {"score": rows[:, :1]},
        boundaries=((),) * len(columns),
        framework="LightGBM",
        framework_version="4.7.0",
        **fields,
    )


def served(**fields: Any) -> Spec:
    """Return a fitted specification with a model."""
    spec = encoded()
    spec.inputs = ["scaled", "ratio"]
    spec.fit_transform(frame(), labels())
    spec.add_model("gb-dt", model(("scaled", "ratio"), **fields))
    return spec


def body(spec: Spec) -> dict[str, Any]:
    found: dict[str, Any] = spec.document()["spec"]
    return found


def expressions(spec: Spec) -> dict[str, str]:
    return {item["name"]: item["expr"] for item in body(spec)["preprocessing"]["derived"]}


def test_text_symbols_and_functions_write_the_same() -> None:
    spec = payments()
    spec.derive("by_text", ms.Float32, "coalesce((amount/average), 0.0)")
    spec.derive("by_symbols", ms.Float32, ms.coalesce(spec["amount"] / spec["average"], 0.0))

    @spec.derive(ms.Float32)
    def by_function(amount: Any, average: Any) -> Any:
        """Tell how unusual the amount is."""
        return ms.coalesce(amount / average, 0.0)

    derived = body(spec)["preprocessing"]["derived"]
    assert set(expressions(spec).values()) == {"coalesce(amount / average, 0.0)"}
    assert derived[2]["description"] == "Tell how unusual the amount is."
    assert by_function.text == "by_function"


def test_loops_and_closures_of_a_function_unroll() -> None:
    spec = payments()
    weights = (1.5, -2.0)

    @spec.derive(ms.Float64)
    def total(amount: Any, days: Any, shift: float = 7.0) -> Any:
        found = shift
        for weight in weights:
            found = found + weight * amount
        return found - days

    assert expressions(spec) == {"total": "7.0 + 1.5 * amount + -2.0 * amount - days"}


def test_declaring_again_replaces_in_place() -> None:
    spec = payments()
    for text in ("amount + 1.0", "amount + 2.0"):
        spec.derive("first", ms.Float32, text)
        spec.derive("second", ms.Float32, "first * 2.0")
        spec.feature("average", ms.Float64, default=1.5)

    assert expressions(spec) == {"first": "amount + 2.0", "second": "first * 2.0"}
    assert body(spec)["featureFetching"]["features"][1]["default"] == "1.5"


def test_fields_are_written_as_the_schema_has_them() -> None:
    spec = Spec("x", namespace="risk")
    spec.feature("a", ms.Float64, minimum=np.float64(0.5), maximum=1, on_out_of_range="Clamp")
    spec.feature("b", ms.Bool, default=False, required=False)
    spec.feature("c", ms.List, item_type=ms.String, max_items=3, description="words")
    spec.feature("d", ms.String, allowed_values=("x", "y"))

    assert spec.document()["metadata"] == {"name": "x", "namespace": "risk"}
    assert body(spec)["featureFetching"]["features"] == [
        {
            "name": "a",
            "type": "Float64",
            "onOutOfRange": "Clamp",
            "minimum": "0.5",
            "maximum": "1",
        },
        {"name": "b", "type": "Bool", "default": "false"},
        {"name": "c", "type": "List", "itemType": "String", "maxItems": 3, "description": "words"},
        {"name": "d", "type": "String", "allowedValues": ["x", "y"]},
    ]


def _nothing(amount: Any) -> None:
    ms.log1p(amount)


WRONG: dict[str, tuple[Any, str]] = {
    "name": (lambda s: s.feature("Amount", ms.Float64), "feature 'Amount': `name` .*try 'amount'"),
    "type": (lambda s: s.feature("x", ms.Float32), "`type` Unsupported.*did you mean 'Float64'"),
    "field": (lambda s: s.feature("x", ms.String, maxlength=3), "did you mean `max_length`?"),
    "word": (lambda s: s.feature("null", ms.Float64), "'null' is a word of msx/v1"),
    "bound": (lambda s: s.feature("x", ms.Float64, minimum=np.nan), "'nan' is not a decimal"),
    "range": (lambda s: s.feature("x", ms.Float64, minimum=5, maximum=1), "less than or equal"),
    "function": (lambda s: s.derive("log1p", ms.Float32, "amount"), "is a function of msx/v1"),
    "twin": (lambda s: s.derive("amount", ms.Float32, "average"), "`amount` is taken"),
    "unknown": (lambda s: s.derive("x", ms.Float32, "amout + 1"), "did you mean `amount`?"),
    "itself": (lambda s: s.derive("x", ms.Float32, "x + 1"), "`x` is neither a feature nor"),
    "nothing": (lambda s: s.derive("x", ms.Float32), "there is no expression"),
    "stranger": (lambda s: s.derive(ms.Float32)(lambda amout: amout), "did you mean `amount`?"),
    "many": (lambda s: s.derive(ms.Float32)(lambda *all_: all_), r"`\*all_` names no feature"),
    "no return": (lambda s: s.derive(ms.Float32)(_nothing), "returns nothing"),
    "fit": (lambda s: s.fit.mean_std("x", "amout"), "did you mean `amount`?"),
    "fit word": (lambda s: s.fit.mean_std("pi", "amount"), "parameter 'pi': .* is a function of"),
    "fit twin": (lambda s: s.fit.mean_std("amount", "amount"), "`amount` is taken"),
    "scale": (
        lambda s: s.parameter("x", {"type": "Affine", "affine": {"center": "1", "scale": "0"}}),
        "parameter 'x': `affine.scale` must not be '0'",
    ),
    "text": (lambda s: setattr(s, "inputs", "amount"), r"write \['amount'\]"),
    "file": (lambda s: s.dump("model.yaml"), "a bundle is a folder, as model"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_mistakes_are_told_where_they_are_made(mistake: str) -> None:
    make, message = WRONG[mistake]
    spec = payments()

    with pytest.raises(SpecError, match=message):
        make(spec)

    assert "preprocessing" not in body(spec), "it left something behind"


def test_types_are_told_with_the_feature_and_the_place() -> None:
    spec = payments()
    spec.derive("letters", ms.String, "lower(amount)")

    with pytest.raises(
        SpecError, match=r"derived feature `letters`, column 7: lower\(\) argument"
    ):
        spec.program()
    with pytest.raises(SpecError, match="derived feature `letters`, column 7"):
        spec.fit_transform(frame())


def test_texts_that_cannot_be_parsed_are_shown_with_carets() -> None:
    with pytest.raises(ExpressionError, match=r"found end of expression\n  amount \+\n"):
        payments().derive("x", ms.Float32, "amount +")


def test_unknown_features_are_told_with_the_nearest() -> None:
    with pytest.raises(KeyError, match=r"did you mean `amount`\?"):
        payments()["amuont"]


def test_inputs_are_derived_numbers_and_vectors_unless_they_are_named() -> None:
    spec = payments()
    assert spec.inputs == ["amount", "average", "days"]
    spec.parameter(
        "keys", {"type": "Vocabulary", "vocabulary": {"keyType": "String", "keys": ["a", "b"]}}
    )
    spec.derive("word", ms.String, "lower(mcc)")
    spec.derive("hot", ms.Vector, "one_hot(word, keys)")
    spec.derive("count", ms.Int32, "days * 2")

    assert spec.inputs == ["hot", "count"]
    assert spec.transform(frame()).columns == ("hot_0", "hot_1", "count")
    spec.inputs = ["count", spec["amount"]]
    assert spec.transform(frame()).columns == ("count", "amount")


@pytest.mark.parametrize("ask", ["transform", "document", "dump", "program", "validate"])
def test_what_is_not_fitted_is_named(ask: str, tmp_path: Path) -> None:
    spec = encoded()
    arguments: dict[str, list[Any]] = {"transform": [frame()], "dump": [tmp_path / "bundle"]}

    with pytest.raises(NotFittedError, match=r"`risks`, `scale`; call fit_transform\(frame, y\)"):
        getattr(spec, ask)(*arguments.get(ask, []))

    assert "not fitted: risks, scale" in repr(spec)
    assert not list(tmp_path.iterdir())


def test_the_matrix_has_the_bits_that_the_document_gives() -> None:
    spec = encoded()
    spec.fit_transform(frame(), labels())
    other = Spec("again")
    for feature in body(spec)["featureFetching"]["features"]:
        other._draft.features[feature["name"]] = feature
    for parameter in body(spec)["preprocessing"]["parameters"]:
        other.parameter(parameter.pop("name"), parameter)
    for name, text in expressions(spec).items():
        other.derive(name, ms.Float32, text)

    found = spec.transform(frame()).to_numpy()

    assert found.tobytes() == transform(other.program(), frame(), spec.inputs).tobytes()


def test_mean_targets_are_those_of_other_folds_in_training_and_of_all_afterwards() -> None:
    spec = encoded()
    data, target = frame(), labels()

    trained = spec.fit_transform(data, target)
    served_matrix = spec.transform(data)

    keys = np.array([str(key) for key in data["mcc"]])
    for row in range(ROWS):
        assert trained.to_numpy()[row, 0] != served_matrix.to_numpy()[row, 0]
    fold = spec._draft.fits["risks"].analyzer.fold_of(ROWS)  # type: ignore[attr-defined]
    assert np.bincount(fold).tolist() == [20, 20, 20]
    for row in range(ROWS):
        others = fold != fold[row]
        same = others & (keys == keys[row])
        mean = target[others].mean()
        expected = (target[same].sum() + 2 * mean) / (same.sum() + 2)
        assert trained.to_numpy()[row, 0] == pytest.approx(
            expected if same.any() else mean, rel=1e-6
        )
    assert np.array_equal(trained.to_numpy()[:, 2], served_matrix.to_numpy()[:, 2])


def test_a_refit_changes_parameters_and_no_expression() -> None:
    spec = encoded()
    spec.fit_transform(frame(), labels())
    before = spec.document()
    spec.fit_transform(frame(), 1 - labels())
    after = spec.document()

    assert (
        before["spec"]["preprocessing"]["parameters"]
        != after["spec"]["preprocessing"]["parameters"]
    )
    assert before["spec"]["preprocessing"]["derived"] == after["spec"]["preprocessing"]["derived"]
    spec.fit_transform(frame(), labels())
    assert spec.document() == before


def test_what_was_fitted_to_something_else_is_not_fitted() -> None:
    spec = encoded()
    spec.fit_transform(frame(), labels())
    spec.derive("ratio", ms.Float32, "amount / 2.0")
    spec.derive("risk", ms.Float64, "lookup(lower(mcc), risks)")
    spec.program()

    spec.derive("risk", ms.Float64, "2.0 * lookup(lower(mcc), risks)")
    with pytest.raises(NotFittedError, match="fitted yet: `scale`;"):
        spec.program()
    spec.feature("mcc", ms.String, max_length=4, default="?")
    with pytest.raises(NotFittedError, match="fitted yet: `risks`, `scale`;"):
        spec.program()

    spec.fit_transform(frame(), labels())
    spec.fit.mean_std("scale", "risk")
    with pytest.raises(NotFittedError, match="fitted yet: `scale`;"):
        spec.program()


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (None, "parameter `risks` of `lower.mcc.`: there is no target"),
        ([1.0], "60 rows, but 1 values of y"),
        (["a"] * ROWS, "y must hold numbers"),
        ([np.nan] * ROWS, "parameter `risks`"),
    ],
)
def test_targets_that_nothing_can_be_learnt_from_are_refused(target: Any, message: str) -> None:
    with pytest.raises(FitError, match=message):
        encoded().fit_transform(frame(), target)


def test_data_without_a_required_feature_are_refused() -> None:
    data = frame()
    del data["amount"]

    with pytest.raises(FrameError, match="'amount' is required"):
        encoded().fit_transform(data, labels())


def test_a_model_gives_outputs_of_its_name_and_a_route() -> None:
    spec = served(calibration=SIGMOID, hyperparameters={"rounds": "5"}, takes_missing=False)

    (found,) = body(spec)["models"]
    assert found["inputs"] == [
        {
            "name": "features",
            "featureNames": ["scaled", "ratio"],
            "missingEncoding": "Forbidden",
        }
    ]
    assert [output["name"] for output in found["outputs"]] == ["gb_dt_score"]
    assert found["hyperparameters"] == [{"name": "rounds", "value": "5"}]
    assert body(spec)["postprocessing"] == {"calibration": SIGMOID}
    (route,) = body(spec)["pipeline"]["routes"]
    assert route["single"] == {"outputName": "gb_dt_score"}


def test_a_model_that_is_replaced_takes_its_calibration_along() -> None:
    spec = served(calibration=SIGMOID)

    spec.add_model("gb-dt", model(("scaled", "ratio")))
    assert spec.postprocessing is None

    spec.postprocessing = {"calibration": {"type": "Expr", "expr": "raw"}}
    spec.add_model("gb-dt", model(("scaled", "ratio"), calibration=SIGMOID))
    assert spec.postprocessing == {"calibration": {"type": "Expr", "expr": "raw"}}


def test_which_of_several_outputs_decides_is_for_people_to_say() -> None:
    spec = served()
    outputs = (ImportedOutput("setosa", "p", 0), ImportedOutput("virginica", "p", 1))
    spec.add_model("gb-dt", model(("scaled", "ratio"), *outputs))
    spec.postprocessing = {"calibration": SIGMOID}

    assert "`pipeline` must be specified" in str(spec.validate().findings[0])


def test_a_model_of_other_columns_is_refused() -> None:
    spec = served()

    with pytest.raises(SpecError, match="trained on 2 columns, of which `nope` are no features"):
        spec.add_model("other", model(("ratio", "nope")))


def test_a_bundle_reads_back_as_what_was_written(tmp_path: Path) -> None:
    spec = served(calibration=SIGMOID)
    spec.info = {"displayName": "Fraud", "owners": [{"name": "Risk", "role": "DataScience"}]}
    spec.serving = {"replicas": 2}
    spec.metadata["labels"] = {"team": "risk"}
    spec.dump(tmp_path / "a")

    again = Spec.load(tmp_path / "a")
    again.dump(tmp_path / "b")

    assert again.document() == spec.document()
    assert again.inputs == spec.inputs
    assert (
        again.transform(frame()).to_numpy().tobytes()
        == spec.transform(frame()).to_numpy().tobytes()
    )
    files = [path for path in (tmp_path / "a").rglob("*") if path.is_file()]
    assert len(files) == 4
    for path in files:
        assert (
            path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()
        )
    assert inspect(
        read_documents(files[0].parent.parent.joinpath("a/modelspec.yaml").read_bytes())[0].value
    ).is_valid


def test_what_is_not_valid_is_not_written(tmp_path: Path) -> None:
    spec = served()
    spec.postprocessing = {"outputs": [{"name": "x", "type": "Bool", "expr": "nope"}]}
    spec.serving = {"replicas": -1}

    with pytest.raises(
        SpecError, match=r"spec.postprocessing.outputs\[0\].expr.*\n(.*\n)*.*replicas"
    ):
        spec.dump(tmp_path)

    assert not list(tmp_path.iterdir())


def test_what_is_not_valid_is_not_read(tmp_path: Path) -> None:
    served().dump(tmp_path)
    file = tmp_path / "modelspec.yaml"
    written = file.read_text()

    file.write_text(written.replace("features", "Features", 1))
    with pytest.raises(SpecError, match="no valid ModelSpec:\nMS"):
        Spec.load(tmp_path)
    file.write_text(f"{written}---\n{written}")
    with pytest.raises(SpecError, match="holds 2 documents"):
        Spec.load(file)


def test_a_missing_artifact_is_named(tmp_path: Path) -> None:
    served().dump(tmp_path)
    (tmp_path / "artifacts" / "gb-dt.onnx").unlink()

    with pytest.raises(ModelSpecError, match=r"^MS407 spec.models\[0\].artifact: no bytes"):
        Spec.load(tmp_path).dump(tmp_path)


def test_a_difference_reads_as_sentences(tmp_path: Path) -> None:
    spec = served()
    spec.dump(tmp_path)
    assert repr(ms.diff(tmp_path, spec)).startswith("no difference; version ")
    spec.derive("ratio", ms.Float32, "coalesce(amount / average, 1.0)")
    spec.info = {"displayName": "<b>"}

    found = ms.diff(tmp_path, spec)

    assert len(found) == 2
    assert "coalesce(amount / average, 0.0)" in repr(found)
    assert "(Operational)" in repr(found)
    assert "&lt;b&gt;" in found._repr_html_()
    assert "<b>" not in found._repr_html_()


def test_notebooks_show_everything_with_html_escaped() -> None:
    spec = encoded()
    spec.derive("odd", ms.Bool, 'mcc == "<script>"')

    shown = spec._repr_html_()

    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "not fitted yet" in shown
    assert "http" not in shown


def test_importing_the_package_or_a_module_of_it_imports_nothing_else() -> None:
    code = (
        "import sys, modelspec; from modelspec import names; hasattr(modelspec, 'parts');"
        "print(sorted(name for name in sys.modules if name.startswith(('modelspec', 'numpy'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['modelspec', 'modelspec.names']"


def test_names_of_the_package_are_found_or_the_nearest_is_told() -> None:
    assert {"Spec", "Float32", "coalesce", "diff", "onnx", "from_sklearn"} <= set(dir(ms))
    assert "from_lightgbm" in dir(ms.onnx)
    with pytest.raises(AttributeError, match=r"did you mean 'modelspec.coalesce'\?"):
        _ = ms.coalesc
