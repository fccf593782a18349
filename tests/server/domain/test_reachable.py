"""Only public addresses and the site's own hosts are fetched from, however they are written."""

from __future__ import annotations

import pytest

from server.domain.reachable import Unreachable, hosts_of, is_public, target

HOSTS = hosts_of(
    ["https://shop.example", "http://127.0.0.1:8081"], ["cdn.example", "img.test:8443"]
)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254",
        "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1",
        "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
        "240.0.0.1", "255.255.255.255",
        "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
        "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254",
        "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "not an address", "",
    ],
)  # fmt: skip
def test_an_address_that_only_we_reach_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("address", "fetched"),
    [
        ("https://shop.example/a.png?b=c#d", "https://shop.example/a.png?b=c"),
        ("https://SHOP.example:443/a", "https://SHOP.example:443/a"),
        ("http://cdn.example", "http://cdn.example/"),
        ("https://cdn.example/a", "https://cdn.example/a"),
        ("https://img.test:8443/a", "https://img.test:8443/a"),
        ("http://127.0.0.1:8081/art/tent.svg", "http://127.0.0.1:8081/art/tent.svg"),
    ],
)
def test_the_sites_own_hosts_are_fetched_from(address: str, fetched: str) -> None:
    assert target(address, HOSTS) == fetched


@pytest.mark.parametrize(
    "address",
    [
        "http://shop.example/a",  # another port
        "https://shop.example:8443/a",
        "https://evil.example/a",
        "https://shop.example.evil.example/a",
        "https://evilshop.example/a",
        "https://sub.shop.example/a",
        "https://shop.example@evil.example/a",
        "https://user:secret@shop.example/a",
        "https://shop.example\\@evil.example/a",
        "https://shop.example\t.evil.example/a",
        "https://shop.example:99999/a",
        "https://[::1/a",
        "http://127.0.0.1/a",
        "http://localhost:8081/a",
        "http://2130706433:8081/a",
        "//shop.example/a",
        "ftp://shop.example/a",
        "file:///etc/passwd",
        "gopher://shop.example/",
        "data:image/png,x",
        "javascript:alert(1)",
        "",
        "https://shop.example/" + "a" * 5_000,
    ],
)
def test_any_other_address_is_refused(address: str) -> None:
    with pytest.raises(Unreachable):
        target(address, HOSTS)
