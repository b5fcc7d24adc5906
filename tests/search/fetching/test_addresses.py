"""Only public addresses, and what is allowed by name, may be connected to."""

from collections.abc import Callable

import pytest

from search.errors import FetchError
from search.fetching.addresses import AddressPolicy

Resolving = Callable[..., None]

PRIVATE = [
    "127.0.0.1", "0.0.0.0", "10.0.0.1",  # noqa: S104
    "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%lo", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "2002:7f00:1::", "2002:a00:1::1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2001:0:4136:e378::1",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "2002:808:808::1",
    "64:ff9b::808:808",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_that_is_not_public_is_allowed(address: str, resolving: Resolving) -> None:
    resolving(shop_test=["8.8.8.8", address])
    with pytest.raises(FetchError) as caught:
        AddressPolicy().check("shop.test")
    assert caught.value.code == "fetch_blocked"
    assert "shop.test" in caught.value.reason
    assert address not in caught.value.reason  # strangers read it


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str, resolving: Resolving) -> None:
    resolving(shop_test=[address, address])
    assert AddressPolicy().check("shop.test") == [address]


@pytest.mark.parametrize(
    ("allow", "host", "address"),
    [
        ("shop.test", "shop.test", "10.0.0.1"),
        ("Shop.Test.", "shop.TEST.", "10.0.0.1"),
        ("10.0.0.1", "shop.test", "10.0.0.1"),
        ("10.0.0.0/8", "shop.test", "10.9.9.9"),
        ("10.0.0.0/8", "shop.test", "::ffff:10.9.9.9"),
        ("fd00::/8", "shop.test", "fd00::1"),
    ],
)
def test_allowed_names_addresses_and_networks_pass(
    resolving: Resolving, allow: str, host: str, address: str
) -> None:
    resolving(shop_test=[address], shop_TEST=[address], evil_test=["192.168.0.1"])
    assert AddressPolicy([allow]).check(host) == [address]
    with pytest.raises(FetchError):
        AddressPolicy([allow]).check("evil.test")


def test_a_malformed_network_is_said_at_once() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        AddressPolicy(["10.0.0.0/99"])
