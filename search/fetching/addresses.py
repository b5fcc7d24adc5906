"""Which addresses a server may be made to connect to: public ones, and those allowed by name."""

import ipaddress
import re
import socket
from collections.abc import Sequence

from search.errors import FetchError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16/32",  # Azure's own services, metadata among them
            "192.0.0.0/24",  # protocols of the IETF; Oracle's metadata is at 192.0.0.192
            "192.88.99.0/24",  # relays of 6to4
            "2001::/23",  # protocols of the IETF: Teredo, ORCHID, ...
            "3fff::/20",  # documentation
        ),
    )
)
"""What Python, or this version of it, counts as public, and no shop's server has."""

_ISATAP = 0x5EFE
"""Bits 32 to 63 of an address that is a tunnel to an IPv4 one (RFC 5214), but for one of them."""

_NAME = re.compile(r"[\w-]+(\.[\w-]+)*\.?")


class AddressPolicy:
    """Decides which hosts may be connected to: public addresses, and what ``allow`` names.

    ``allow`` holds host names, IP addresses and CIDR networks; anything else is a ValueError. A
    host that is allowed by name may have any address.
    """

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self._names: set[str] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for entry in allow:
            try:
                self._networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                if "/" in entry:
                    raise
                if not _NAME.fullmatch(entry):
                    raise ValueError(f"'{entry}' is no host, address or network") from None
                self._names.add(_bare(_in_ascii(entry)))

    def check(self, host: str) -> list[str]:
        """The IP addresses of ``host``, each one allowed; FetchError when any of them is not.

        Judging what the name resolves to, not how it is spelled, covers ``0x7f.1`` and its like.
        """
        addresses = _resolve(host)
        for address in addresses:
            if _bare(host) not in self._names and not self._allows(ipaddress.ip_address(address)):
                # The address itself would tell strangers about the network behind the server.
                reason = f"its host {host[:100]} has an address which is not public"
                raise FetchError(host, reason, "fetch_blocked")
        return addresses

    def _allows(self, address: IPAddress) -> bool:
        inner = _unwrapped(address)
        named = any(inner in network or address in network for network in self._networks)
        return named or _is_public(inner)


def _resolve(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(host, f"its host {host[:100]} was not found") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _is_public(address: IPAddress) -> bool:
    """By the registries of special addresses (RFC 6890) and what is left out of them."""
    if isinstance(address, ipaddress.IPv6Address):
        is_tunnel = int(address) >> 32 & 0xFDFFFFFF == _ISATAP
        if is_tunnel or address not in _GLOBAL_UNICAST:
            return False
    special = address.is_multicast or address.is_reserved or not address.is_global
    return not special and not any(address in network for network in _NOT_PUBLIC)


def _unwrapped(address: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64), else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _in_ascii(name: str) -> str:
    """As URLs have it when they are fetched."""
    if name.isascii():
        return name
    import idna  # its tables are large, and few names need them

    return idna.encode(name.lower()).decode()


def _bare(host: str) -> str:
    return host.lower().rstrip(".")
