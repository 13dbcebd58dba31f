"""Texts that identify somebody: email addresses, IP addresses, card numbers."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, TypeAlias

from modelspec.errors import Code
from modelspec.expressions.functions.text import as_long
from modelspec.expressions.operation import LiteralError, Operation, Phase
from modelspec.expressions.types import Type

GROUP = "String"

Address: TypeAlias = IPv4Address | IPv6Address

_LONGEST_ADDRESS = len("0000:0000:0000:0000:0000:ffff:255.255.255.255")
_LONGEST_NETWORK = len("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128")
_MOST_BITS = 128

# A list of our own: the standard library's grows from version to version.
_PRIVATE = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",  # RFC 1918
            "172.16.0.0/12",  # RFC 1918
            "192.168.0.0/16",  # RFC 1918
            "100.64.0.0/10",  # RFC 6598: behind a provider's translation
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local
            "::1/128",  # loopback
            "fe80::/10",  # link-local
            "fc00::/7",  # RFC 4193: unique local
        ),
    )
)

# What a digit in a doubled place adds: the digits of its double.
_DOUBLED = {str(digit): sum(divmod(2 * digit, 10)) for digit in range(10)}

_operation = partial(Operation, group=GROUP, phase=Phase.HOST)


def domain_of_email(s: str) -> str | None:
    """Return what follows the last ``@``, unless there is none or nothing."""
    _, at, domain = s.rpartition("@")
    return domain if at and domain else None


def parse_address(s: str) -> Address | None:
    """Return an IP address; one of IPv4 that is written as one of IPv6 is one of IPv4."""
    if len(s) > _LONGEST_ADDRESS or "%" in s:
        return None
    try:
        address = ip_address(s)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def ip_prefix(s: str, bits: int) -> str | None:
    """Return the network of an address."""
    address = parse_address(s)
    if address is None or bits > address.max_prefixlen:
        return None
    host_bits = address.max_prefixlen - bits
    first = type(address)(int(address) >> host_bits << host_bits)
    return f"{first}/{bits}"


def ip_is_private(s: str) -> bool | None:
    """Return whether an address cannot be reached over the internet."""
    address = parse_address(s)
    return None if address is None else any(address in network for network in _PRIVATE)


def luhn_valid(s: str) -> bool:
    """Return whether the last of the digits is the check digit of the others."""
    if not (s.isascii() and s.isdigit()):
        return False
    return (sum(map(int, s[::-2])) + sum(map(_DOUBLED.__getitem__, s[-2::-2]))) % 10 == 0


def _network(_types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    return replace(plain, length=_LONGEST_NETWORK)


def _prefix_length(literal: int) -> int:
    if not 0 <= literal <= _MOST_BITS:
        message = f"must be from 0 to {_MOST_BITS}, got {literal}"
        raise LiteralError(Code.MS325, message)
    return literal


OPERATIONS: tuple[Operation, ...] = (
    _operation(
        "local_of_email(s: string) -> string?",
        "What stands before the last @.",
        (('local_of_email("ada@mail.example")', "ada"), ('local_of_email("ada")', None)),
        null="null where there is no @, or nothing before it",
        scalar='({s}.rpartition("@")[0] or None)',
        infer=as_long,
        cost=3,
        per_character=0.05,
    ),
    _operation(
        "domain_of_email(s: string) -> string?",
        "What stands after the last @, as it is written; lower() makes it comparable.",
        (
            ('domain_of_email("ada@mail.example")', "mail.example"),
            ('domain_of_email("ada")', None),
        ),
        null="null where there is no @, or nothing after it",
        scalar=domain_of_email,
        infer=as_long,
        cost=5,
        per_character=0.05,
    ),
    _operation(
        "ip_prefix(s: string, bits: literal int64) -> string?",
        "The network that the first bits of an IP address name, as RFC 5952 writes it. An IPv4"
        " address that is mapped into IPv6 counts as the IPv4 address.",
        (
            ('ip_prefix("10.1.2.3", 16)', "10.1.0.0/16"),
            ('ip_prefix("2001:DB8:0:1::7", 48)', "2001:db8::/48"),
            ('ip_prefix("10.1.2.3", 64)', None),
        ),
        null="null for a text that is no IP address, and for more bits than the address has;"
        " octets with leading zeros and zones such as %eth0 are refused",
        scalar=ip_prefix,
        prepare={"bits": _prefix_length},
        infer=_network,
        cost=300,
    ),
    _operation(
        "ip_is_private(s: string) -> bool?",
        "Whether an IP address belongs to no public network: 10.0.0.0/8, 172.16.0.0/12,"
        " 192.168.0.0/16, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, ::1, fe80::/10 and fc00::/7."
        " An IPv4 address that is mapped into IPv6 counts as the IPv4 address.",
        (
            ('ip_is_private("192.168.1.10")', True),
            ('ip_is_private("8.8.8.8")', False),
            ('ip_is_private("localhost")', None),
        ),
        null="null for a text that is no IP address; octets with leading zeros and zones such as"
        " %eth0 are refused",
        scalar=ip_is_private,
        cost=200,
    ),
    _operation(
        "luhn_valid(s: string) -> bool",
        "Whether the text consists of the digits 0 to 9 alone, at least one, and the last is the"
        " others' check digit (Luhn, ISO/IEC 7812); digits_only() removes what separates them.",
        (('luhn_valid("4539148803436467")', True), ('luhn_valid("4539 1488")', False)),
        scalar=luhn_valid,
        cost=15,
        per_character=2.0,
    ),
)
