"""The certificates say who is who, and under which names the API server answers."""

import ipaddress
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from devcluster.node.certificates import (
    component_subjects,
    create_authority,
    issue,
    write_certificates,
)

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def load(pem: bytes) -> x509.Certificate:
    """Return the certificate of a PEM text."""
    return x509.load_pem_x509_certificate(pem)


def issue_for(name: str) -> x509.Certificate:
    """Return a certificate of one of the components."""
    return load(issue(create_authority(NOW), component_subjects("demo")[name], NOW).certificate)


def names_of(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    """Return the alternative names of *certificate*."""
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def test_the_api_server_answers_under_every_name_that_somebody_uses() -> None:
    names = names_of(issue_for("apiserver"))

    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert addresses == {"127.0.0.1", "10.240.0.2", "10.96.0.1"}
    hosts = set(names.get_values_for_type(x509.DNSName))
    assert {"localhost", "kubernetes.default.svc"} <= hosts


def test_kubelet_serves_under_the_address_that_the_api_server_prefers() -> None:
    names = names_of(issue_for("kubelet"))

    assert ipaddress.ip_address("10.240.0.2") in names.get_values_for_type(x509.IPAddress)


@pytest.mark.parametrize(
    ("component", "user", "group"),
    [
        pytest.param("admin", "kubernetes-admin", "system:masters", id="admin"),
        pytest.param("kubelet", "system:node:demo", "system:nodes", id="kubelet"),
        pytest.param("scheduler", "system:kube-scheduler", None, id="scheduler"),
    ],
)
def test_the_subject_is_the_user_and_the_group(
    component: str, user: str, group: str | None
) -> None:
    subject = issue_for(component).subject

    assert [each.value for each in subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == [user]
    groups = [each.value for each in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    assert groups == ([group] if group else [])


def test_every_certificate_is_signed_by_the_authority_and_every_key_is_private(
    tmp_path: Path,
) -> None:
    issued = write_certificates(tmp_path / "pki", "demo")

    authority = load((tmp_path / "pki" / "ca.crt").read_bytes())
    for credentials in issued.values():
        load(credentials.certificate).verify_directly_issued_by(authority)
    keys = list((tmp_path / "pki").glob("*.key"))
    assert len(keys) == len(issued) + 2
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
