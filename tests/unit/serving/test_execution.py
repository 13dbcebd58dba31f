"""What this runtime executes of a decision, and that it refuses what it would leave out."""

import gzip
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from modelspec_serving.lifecycle.load import RefusedError
from support.pod import ECHO_SPEC, Document, call, echo_graph, load, mount

SINGLE: Document = {"name": "default", "type": "Single", "single": {"outputName": "rate"}}
ROW = {"class": 0.5, "count": 3, "flag": True, "rate": 0.25}


def _spec(**members: Any) -> Document:
    return {**deepcopy(ECHO_SPEC), **members}


def test_a_single_route_answers_the_score_alone(tmp_path: Path) -> None:
    caller = call(mount(tmp_path, _spec(pipeline={"routes": [SINGLE]}), echo_graph()))

    answer = caller.post("/v1/models/echo:predict", {"instances": [ROW]})

    assert answer.json["predictions"] == [{"score": 0.25}]


@pytest.mark.parametrize(
    ("members", "refusal"),
    [
        (
            {"pipeline": {"routes": [{**SINGLE, "single": {"outputName": "row"}}]}},
            (
                "MS528 spec.pipeline.routes[0].single.outputName: 'row' is a whole row of the"
                " graph's output; a route decides one number; give the output an `index`"
            ),
        ),
        (
            {"pipeline": {"routes": [{**SINGLE, "single": {"outputName": "rates"}}]}},
            (
                "MS509 spec.pipeline.routes[0].single.outputName: 'rates' is not a model output;"
                " did you mean 'rate'?"
            ),
        ),
    ],
    ids=["vector", "unknown"],
)
def test_what_would_be_left_out_is_refused(
    tmp_path: Path, members: Document, refusal: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        load(mount(tmp_path, _spec(**members), echo_graph()))

    assert str(caught.value) == refusal


def test_an_artifact_stored_with_gzip_is_unpacked(tmp_path: Path) -> None:
    settings = mount(tmp_path, ECHO_SPEC, echo_graph())
    (path,) = [item for item in (tmp_path / "artifacts").iterdir() if len(item.name) == 64]
    path.write_bytes(gzip.compress(path.read_bytes()))

    assert load(settings).digest == settings.snapshot
