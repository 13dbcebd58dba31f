"""etcd, the API server, and the controllers."""

from devcluster import audit
from devcluster.directories import write_provider
from devcluster.kubeconfig import Credentials, Facts, annotate, build_kubeconfig, write_private
from devcluster.node import api, namespace
from devcluster.node.certificates import write_certificates
from devcluster.node.launch import start_program
from devcluster.node.layout import (
    API_PORT,
    CLUSTER_DOMAIN,
    NODE_ADDRESS,
    POD_RANGE,
    SERVICE_RANGE,
    Layout,
)
from devcluster.node.programs import program_path
from devcluster.node.readiness import wait
from devcluster.node.relay import open_listener, start_relay

__all__ = ["CONTROLLERS", "CORE", "start_controllers", "start_core", "wait_ready"]

CORE = ("etcd", "kube-apiserver", "relay")
CONTROLLERS = ("kube-controller-manager", "kube-scheduler")
ETCD = "http://127.0.0.1:2379"  # the namespace's own loopback, which no pod shares
START_DEADLINE = 60.0  # seconds; usual are 3 to 5


def start_core(layout: Layout) -> None:
    """Start what answers API requests, without waiting for it."""
    write_provider(layout.state, "node")
    layout.logs.mkdir(mode=0o700)
    issued = write_certificates(layout.certificates, layout.name)
    audit.write_policy(layout.state / audit.POLICY)
    namespace.create(layout)
    start_program(layout, "etcd", _etcd_flags(layout))
    start_program(layout, "kube-apiserver", _apiserver_flags(layout))
    with open_listener() as listener:
        start_relay(layout, listener)
        server = f"https://127.0.0.1:{listener.getsockname()[1]}"
    _write_kubeconfigs(layout, server, issued)


def wait_ready(layout: Layout) -> None:
    """Return when the API server is ready."""
    wait(layout, "the API server", lambda: api.is_ready(layout), timeout_s=START_DEADLINE)


def start_controllers(layout: Layout) -> None:
    """Start the controllers and the scheduler."""
    start_program(layout, "kube-controller-manager", _controller_manager_flags(layout))
    start_program(layout, "kube-scheduler", _scheduler_flags(layout))


def _write_kubeconfigs(layout: Layout, server: str, issued: dict[str, Credentials]) -> None:
    facts = Facts(
        auditLog=str(layout.audit_log),
        kubectl=str(program_path(layout.cache, "kubectl")),
        provider="node",
    )
    admin = build_kubeconfig(layout.name, server, issued["admin"])
    write_private(layout.kubeconfig, annotate(admin, facts))
    inside = f"https://{NODE_ADDRESS}:{API_PORT}"
    for component in ("controller-manager", "scheduler", "kubelet", "kube-proxy"):
        config = build_kubeconfig(layout.name, inside, issued[component])
        write_private(layout.certificates / f"{component}.kubeconfig", config)


def _etcd_flags(layout: Layout) -> list[str]:
    return [
        f"--data-dir={layout.state / 'etcd'}",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        "--listen-peer-urls=http://127.0.0.1:2380",
        # A development store: what a power failure takes, `up` makes again.
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def _apiserver_flags(layout: Layout) -> list[str]:
    pki = layout.certificates
    client = "apiserver-kubelet-client"
    # Aggregation is not needed, and its --requestheader-* flags must not share our authority.
    return [
        f"--etcd-servers={ETCD}",
        f"--advertise-address={NODE_ADDRESS}",
        f"--secure-port={API_PORT}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--allow-privileged=true",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        f"--client-ca-file={pki / 'ca.crt'}",
        f"--tls-cert-file={pki / 'apiserver.crt'}",
        f"--tls-private-key-file={pki / 'apiserver.key'}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--kubelet-certificate-authority={pki / 'ca.crt'}",
        f"--kubelet-client-certificate={pki / f'{client}.crt'}",
        f"--kubelet-client-key={pki / f'{client}.key'}",
        f"--service-account-issuer=https://kubernetes.default.svc.{CLUSTER_DOMAIN}",
        f"--service-account-key-file={pki / 'service-account.key'}",
        f"--service-account-signing-key-file={pki / 'service-account.key'}",
        *audit.flags(layout.state / audit.POLICY, layout.audit_log),
    ]


def _controller_manager_flags(layout: Layout) -> list[str]:
    pki = layout.certificates
    return [
        f"--kubeconfig={pki / 'controller-manager.kubeconfig'}",
        "--leader-elect=false",
        "--use-service-account-credentials=true",
        # It starts its controllers one by one, and its own limits cost three seconds of that.
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
        "--allocate-node-cidrs=true",
        f"--cluster-cidr={POD_RANGE}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        f"--root-ca-file={pki / 'ca.crt'}",
        f"--cluster-signing-cert-file={pki / 'ca.crt'}",
        f"--cluster-signing-key-file={pki / 'ca.key'}",
        f"--service-account-private-key-file={pki / 'service-account.key'}",
    ]


def _scheduler_flags(layout: Layout) -> list[str]:
    return [
        f"--kubeconfig={layout.certificates / 'scheduler.kubeconfig'}",
        "--leader-elect=false",
    ]
