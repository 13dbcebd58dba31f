"""Write build/deploy: the operator's manifests with these two images instead of released ones.

    python scripts/overlay.py modelspec-operator:TAG modelspec-serving:TAG

Prints the folder, for ``kubectl apply --server-side -k FOLDER``.
"""

import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "deploy"


def kustomization(operator_image: str, serving_image: str) -> dict[str, object]:
    """Return the overlay: one image replaced, one environment variable set."""
    name, tag = operator_image.rsplit(":", 1)
    serving = [
        {
            "op": "replace",
            "path": "/spec/template/spec/containers/0/env/0/value",
            "value": serving_image,
        }
    ]
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["../../deploy"],
        "images": [{"name": "modelspec-operator", "newName": name, "newTag": tag}],
        "patches": [
            {
                "target": {"kind": "Deployment", "name": "modelspec-operator"},
                "patch": yaml.safe_dump(serving),
            }
        ],
    }


def main(operator_image: str, serving_image: str) -> None:
    """Write the overlay and print where it is."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(kustomization(operator_image, serving_image), sort_keys=False)
    (FOLDER / "kustomization.yaml").write_text(text)
    print(FOLDER)


if __name__ == "__main__":
    main(*sys.argv[1:])
