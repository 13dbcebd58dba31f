"""Names of Services: CoreDNS, from an image made here."""

from typing import Any

from devcluster.node.layout import CLUSTER_DOMAIN, DNS_ADDRESS

__all__ = ["IMAGE", "build_manifests"]

IMAGE = "localhost/modelspec-devcluster/coredns:1"
NAME = "coredns"
NAMESPACE = "kube-system"
LABELS = {"k8s-app": "kube-dns"}  # what other programs look for
PORT = 1053  # an unprivileged user cannot open 53

COREFILE = f"""\
.:{PORT} {{
    errors
    health :8080
    ready :8181
    kubernetes {CLUSTER_DOMAIN} in-addr.arpa ip6.arpa
    cache 5
}}
"""


def build_manifests() -> list[dict[str, Any]]:
    """Return everything that makes Service names resolve, in the order to apply it."""
    return [
        _manifest("v1", "ServiceAccount", {}),
        _manifest("rbac.authorization.k8s.io/v1", "ClusterRole", {"rules": _rules()}),
        _manifest("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", _binding()),
        _manifest("v1", "ConfigMap", {"data": {"Corefile": COREFILE}}),
        _manifest("apps/v1", "Deployment", {"spec": _deployment_spec()}),
        {
            **_manifest("v1", "Service", {"spec": _service_spec()}),
            "metadata": _metadata("kube-dns"),
        },
    ]


def _manifest(version: str, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": _metadata(NAME), **body}


def _metadata(name: str) -> dict[str, Any]:
    # Ignored, as it must be, on the two kinds that belong to no namespace.
    return {"name": name, "namespace": NAMESPACE, "labels": dict(LABELS)}


def _rules() -> list[dict[str, Any]]:
    verbs = ["list", "watch"]
    return [
        {"apiGroups": [""], "resources": ["namespaces", "pods", "services"], "verbs": verbs},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": verbs},
    ]


def _binding() -> dict[str, Any]:
    return {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NAME},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}],
    }


def _deployment_spec() -> dict[str, Any]:
    return {
        "replicas": 1,
        "selector": {"matchLabels": dict(LABELS)},
        "template": {
            "metadata": {"labels": dict(LABELS)},
            "spec": {
                "containers": [_container()],
                "dnsPolicy": "Default",
                "priorityClassName": "system-cluster-critical",
                "serviceAccountName": NAME,
                "volumes": [{"name": "config", "configMap": {"name": NAME}}],
            },
        },
    }


def _container() -> dict[str, Any]:
    return {
        "name": NAME,
        "image": IMAGE,
        "imagePullPolicy": "Never",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            {"name": "dns", "containerPort": PORT, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": PORT, "protocol": "TCP"},
        ],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "10m", "memory": "30Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
        },
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns", "readOnly": True}],
    }


def _service_spec() -> dict[str, Any]:
    return {
        "clusterIP": DNS_ADDRESS,
        "ports": [
            {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": "dns"},
            {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": "dns-tcp"},
        ],
        "selector": dict(LABELS),
    }
