"""The keys and certificates by which the parts of the cluster know each other."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from devcluster.kubeconfig import Credentials
from devcluster.node.layout import CLUSTER_DOMAIN, FIRST_SERVICE_ADDRESS, NODE_ADDRESS

__all__ = [
    "Authority",
    "Subject",
    "component_subjects",
    "create_authority",
    "issue",
    "write_certificates",
]

LIFETIME = timedelta(days=365)
CLOCK_SKEW = timedelta(hours=1)  # so that a clock set back does not break a running cluster


@dataclass(frozen=True)
class Authority:
    """The one that signs everything."""

    certificate: x509.Certificate
    """Its own certificate."""
    key: ec.EllipticCurvePrivateKey
    """What it signs with."""


@dataclass(frozen=True)
class Subject:
    """Whom a certificate is for."""

    common_name: str
    """The user, as the API server sees it."""
    organization: str | None = None
    """The group, as the API server sees it."""
    hosts: tuple[str, ...] = ()
    """Names and addresses under which it serves."""


def component_subjects(node: str) -> dict[str, Subject]:
    """Return everything that gets a certificate, by file name."""
    return {
        "apiserver": Subject(
            "kube-apiserver",
            hosts=(
                NODE_ADDRESS,
                "127.0.0.1",
                FIRST_SERVICE_ADDRESS,
                "localhost",
                "kubernetes",
                "kubernetes.default",
                "kubernetes.default.svc",
                f"kubernetes.default.svc.{CLUSTER_DOMAIN}",
            ),
        ),
        "apiserver-kubelet-client": Subject("kube-apiserver-kubelet-client", "system:masters"),
        "admin": Subject("kubernetes-admin", "system:masters"),
        "controller-manager": Subject("system:kube-controller-manager"),
        "scheduler": Subject("system:kube-scheduler"),
        "kubelet": Subject(f"system:node:{node}", "system:nodes", hosts=(NODE_ADDRESS, node)),
        "kube-proxy": Subject("system:kube-proxy"),
    }


def create_authority(now: datetime) -> Authority:
    """Return a new authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(Subject("modelspec-devcluster"))
    certificate = (
        _builder(name, name, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def issue(authority: Authority, subject: Subject, now: datetime) -> Credentials:
    """Return a new key and certificate of *subject*, good for client and server."""
    key = ec.generate_private_key(ec.SECP256R1())
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    builder = (
        _builder(_name(subject), authority.certificate.subject, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    )
    if subject.hosts:
        builder = builder.add_extension(_alternative_names(subject.hosts), critical=False)
    certificate = builder.sign(authority.key, hashes.SHA256())
    return Credentials(_pem(authority.certificate), _pem(certificate), _key_pem(key))


def write_certificates(directory: Path, node: str) -> dict[str, Credentials]:
    """Write all keys and certificates; return them by file name."""
    now = datetime.now(UTC)  # noqa: TID251 - the edge: what is issued here is used at once
    directory.mkdir(mode=0o700, exist_ok=True)
    authority = create_authority(now)
    _write(directory, "ca", _pem(authority.certificate), _key_pem(authority.key))
    # Tokens of service accounts: RSA, because many verifiers know only RS256.
    signer = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _write(directory, "service-account", None, _key_pem(signer))
    issued = {
        name: issue(authority, subject, now) for name, subject in component_subjects(node).items()
    }
    for name, credentials in issued.items():
        _write(directory, name, credentials.certificate, credentials.key)
    return issued


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + LIFETIME)
    )


def _name(subject: Subject) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, subject.common_name)]
    if subject.organization:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, subject.organization))
    return x509.Name(attributes)


def _alternative_names(hosts: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_general_name(host) for host in hosts])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(directory: Path, name: str, certificate: bytes | None, key: bytes) -> None:
    if certificate:
        (directory / f"{name}.crt").write_bytes(certificate)
    private = directory / f"{name}.key"
    private.touch(mode=0o600)
    private.write_bytes(key)
