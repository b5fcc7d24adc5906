"""Which addresses a server may be made to connect to: public ones, and those allowed by name."""

import ipaddress
import socket
from collections.abc import Sequence

from search.errors import FetchError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressPolicy:
    """Decides which hosts may be connected to: public addresses, and what ``allow`` names.

    ``allow`` holds host names, IP addresses and CIDR networks; a malformed network is a ValueError.
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
                self._names.add(_bare(entry))

    def check(self, host: str) -> list[str]:
        """The IP addresses of ``host``, each one allowed; FetchError when any of them is not.

        Judging what the name resolves to, not how it is spelled, covers ``0x7f.1`` and its like.
        """
        addresses = _resolve(host)
        for address in addresses:
            if _bare(host) not in self._names and not self._allows(ipaddress.ip_address(address)):
                # The address itself would tell strangers about the network behind the server.
                reason = f"its host {host} has an address which is not public"
                raise FetchError(host, reason, "fetch_blocked")
        return addresses

    def _allows(self, address: IPAddress) -> bool:
        inner = _unwrapped(address)
        unicast = inner.version == 4 or inner in _GLOBAL_UNICAST
        public = inner.is_global and not (inner.is_multicast or inner.is_reserved)
        named = any(inner in network or address in network for network in self._networks)
        return (unicast and public) or named


def _resolve(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(host, f"its host {host[:100]} was not found") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _unwrapped(address: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64), else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _bare(host: str) -> str:
    return host.lower().rstrip(".")
