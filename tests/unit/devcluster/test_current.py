"""The user's own cluster: found as kubectl finds it, and left alone."""

from pathlib import Path

import pytest

from devcluster.current import CurrentCluster
from devcluster.errors import DevclusterError


def test_the_kubeconfig_is_the_one_of_the_environment(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.touch()

    assert CurrentCluster({"KUBECONFIG": str(config)}).kubeconfig() == config


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("/nowhere/config", "no such kubeconfig", id="missing"),
        pytest.param("/a:/b", "several files", id="ambiguous"),
    ],
)
def test_a_kubeconfig_that_is_not_one_file_is_refused(value: str, message: str) -> None:
    with pytest.raises(DevclusterError, match=message):
        CurrentCluster({"KUBECONFIG": value}).kubeconfig()


def test_images_are_refused_with_the_remedy() -> None:
    with pytest.raises(DevclusterError, match="push to a registry"):
        CurrentCluster({}).load(["modelspec-operator:dev-0"])
