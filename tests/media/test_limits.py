"""What strangers may cost: the waiting room and the checks that are computed."""

from __future__ import annotations

import pytest

from media.limits import Allowance, CheckLimits, Crowd, Waiting, network


@pytest.mark.parametrize(
    ("host", "counts_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_an_ipv6_network_counts_as_one_address(host: str, counts_as: str) -> None:
    assert network(host) == counts_as


def test_the_longest_waiting_of_the_same_address_leaves_when_it_has_too_many() -> None:
    waiting: Waiting[str] = Waiting(per_network=2, total=10)
    assert [waiting.add(one, "192.0.2.1") for one in "abc"] == [None, None, "a"]
    assert waiting.add("d", "192.0.2.2") is None
    assert len(waiting) == 3


def test_the_longest_waiting_of_all_leaves_when_there_are_too_many() -> None:
    waiting: Waiting[int] = Waiting(per_network=2, total=3)
    assert [waiting.add(n, f"192.0.2.{n}") for n in range(5)] == [None, None, None, 0, 1]
    assert len(waiting) == 3


def test_who_is_proven_or_gone_takes_no_place() -> None:
    waiting: Waiting[str] = Waiting(per_network=1, total=2)
    waiting.add("a", "192.0.2.1")
    waiting.discard("a")
    waiting.discard("a")
    assert waiting.add("b", "192.0.2.1") is None
    assert len(waiting) == 1


def test_an_address_that_fails_too_often_is_not_computed_until_the_next_second() -> None:
    limits = CheckLimits()
    for _ in range(CheckLimits.PER_NETWORK):
        assert limits.admits("192.0.2.1", 5.0)
        limits.failed("192.0.2.1")
    assert not limits.admits("192.0.2.1", 5.9)
    assert limits.admits("192.0.2.2", 5.9)
    assert limits.admits("192.0.2.1", 6.0)


def test_failures_from_everywhere_are_bounded_in_time_and_memory() -> None:
    limits = CheckLimits()
    for index in range(CheckLimits.TOTAL):
        host = f"10.{index >> 8}.{index & 255}.1"
        assert limits.admits(host, 1.0)
        limits.failed(host)
    assert not limits.admits("192.0.2.1", 1.5)
    assert limits.admits("192.0.2.1", 2.0)


def test_the_table_of_failures_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CheckLimits, "TABLE", 3)
    limits = CheckLimits()
    for index in range(10):
        limits.failed(f"192.0.2.{index}")
    assert len(limits._failed) == 3


def test_a_network_has_room_for_so_many_proven_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Crowd, "MOST", 2)
    crowd = Crowd()
    crowd.enter("2001:db8::1")
    assert not crowd.full("2001:db8::2")
    crowd.enter("2001:db8::2")
    assert crowd.full("2001:db8::3")
    assert not crowd.full("192.0.2.1")
    crowd.leave("2001:db8::1")
    assert not crowd.full("2001:db8::3")
    crowd.leave("2001:db8::2")
    crowd.leave("2001:db8::2")
    assert not crowd._counts


def test_an_allowance_fills_with_time_up_to_a_burst() -> None:
    allowance = Allowance(10.0)
    assert allowance.left == Allowance.BURST
    allowance.left -= 3000
    allowance.fill(10.05)
    assert allowance.left == pytest.approx(Allowance.BURST - 3000 + Allowance.RATE * 0.05)
    allowance.fill(100.0)
    assert allowance.left == Allowance.BURST
