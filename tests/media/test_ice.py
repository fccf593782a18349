"""The ICE-lite agent: who is believed, which address is used, what a restart keeps."""

from __future__ import annotations

from aioice import stun as peer_stun
from hypothesis import given
from hypothesis import strategies as st

from media import stun
from media.ice import CONSENT, MAX_PAIRS, CheckAnswer, Credentials, IceAgent

HOME = ("192.0.2.1", 4000)
AWAY = ("198.51.100.9", 5000)


def request(
    agent: IceAgent,
    *,
    theirs: str = "peer",
    nominate: bool = False,
    credentials: Credentials | None = None,
    password: str | None = None,
    controlled: bool = False,
) -> bytes:
    credentials = credentials or agent.credentials
    message = peer_stun.Message(
        peer_stun.Method.BINDING,
        peer_stun.Class.REQUEST,
        attributes={"USERNAME": f"{credentials.ufrag}:{theirs}", "PRIORITY": 1},
    )
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    message.attributes["ICE-CONTROLLED" if controlled else "ICE-CONTROLLING"] = 7
    message.add_message_integrity((password or credentials.password).encode())
    return bytes(message)


def check(
    agent: IceAgent, data: bytes, address: tuple[str, int] = HOME, now: float = 1.0
) -> CheckAnswer | None:
    username = stun.peek_username(memoryview(data))
    assert username is not None
    return agent.check(data, username, address, address, now)


def test_an_authentic_check_proves_its_address_and_is_answered() -> None:
    agent = IceAgent("peer", 0.0)
    answer = check(agent, request(agent), now=3.0)
    assert answer is not None
    assert answer.proven
    assert agent.selected == HOME
    assert agent.last_check == 3.0
    response = peer_stun.parse_message(answer.response)
    assert response.message_class is peer_stun.Class.RESPONSE
    assert response.attributes["XOR-MAPPED-ADDRESS"] == HOME
    assert response.check_message_integrity(agent.credentials.password.encode())


def test_a_check_without_the_password_proves_nothing() -> None:
    agent = IceAgent("peer", 0.0)
    assert check(agent, request(agent, password="x" * 24)) is None
    assert check(agent, request(agent, theirs="else")) is None
    assert agent.selected is None
    assert agent.last_check == 0.0


def test_a_peer_that_claims_our_role_is_told_of_the_conflict() -> None:
    agent = IceAgent("peer", 0.0)
    answer = check(agent, request(agent, controlled=True))
    assert answer is not None
    assert peer_stun.parse_message(answer.response).error_code == 487
    assert not answer.proven
    assert agent.selected is None


def test_a_check_shorter_than_its_answer_is_not_answered() -> None:
    agent = IceAgent("p", 0.0)
    message = peer_stun.Message(
        peer_stun.Method.BINDING,
        peer_stun.Class.REQUEST,
        attributes={"USERNAME": f"{agent.credentials.ufrag}:p"},
    )
    message.add_message_integrity(agent.credentials.password.encode())
    whole = bytes(message)[:-8]  # without its fingerprint
    whole = whole[:2] + (len(whole) - 20).to_bytes(2, "big") + whole[4:]
    seen = ("2001:db8::1", 4000)
    assert stun.parse_check(whole, agent.credentials.password.encode()) is not None
    assert agent.check(whole, (agent.credentials.ufrag, "p"), seen, seen, 1.0) is None
    assert agent.selected is None


def test_an_address_without_checks_loses_its_consent() -> None:
    agent = IceAgent("peer", 0.0)
    check(agent, request(agent, nominate=True), HOME, 0.0)
    check(agent, request(agent), AWAY, 20.0)
    assert agent.expire(CONSENT) == ()
    assert agent.expire(CONSENT + 1) == (HOME,)
    assert agent.selected == AWAY
    assert agent.expire(20.0 + CONSENT + 1) == (AWAY,)
    assert agent.selected is None
    check(agent, request(agent), HOME, 70.0)
    assert agent.selected == HOME


def test_a_closed_connection_leaves_the_pair_heard_last() -> None:
    agent = IceAgent("peer", 0.0)
    check(agent, request(agent), AWAY, 0.0)
    check(agent, request(agent, nominate=True), HOME, 1.0)
    agent.lose(AWAY)
    assert agent.selected == HOME
    check(agent, request(agent), AWAY, 2.0)
    agent.lose(HOME)
    assert agent.selected == AWAY
    check(agent, request(agent), HOME, 3.0)  # nothing is nominated: the latest is used
    assert agent.selected == HOME


def test_the_nominated_address_stays_until_another_is_nominated() -> None:
    agent = IceAgent("peer", 0.0)
    check(agent, request(agent, nominate=True), HOME)
    check(agent, request(agent), AWAY)
    assert agent.selected == HOME
    check(agent, request(agent, nominate=True), AWAY)
    assert agent.selected == AWAY


def test_after_a_restart_the_old_pair_serves_until_the_new_one_is_nominated() -> None:
    agent = IceAgent("peer", 0.0)
    check(agent, request(agent, nominate=True), HOME)
    old = agent.credentials
    agent.restart("peer2")
    assert agent.credentials != old
    assert len(agent.ufrags) == 2
    assert agent.selected == HOME
    assert check(agent, request(agent, credentials=old, nominate=True), HOME) is not None
    assert agent.retire_previous() is None or agent.nominated
    check(agent, request(agent, theirs="peer2", nominate=True), AWAY)
    assert agent.selected == AWAY
    assert agent.retire_previous() == old.ufrag
    assert check(agent, request(agent, credentials=old), HOME) is None


def test_a_restart_tells_what_is_forgotten_over_it() -> None:
    agent = IceAgent("peer", 0.0)
    first = agent.credentials
    assert agent.restart("peer2") is None
    second = agent.credentials
    assert agent.restart("peer3") == first.ufrag
    assert agent.ufrags == (agent.credentials.ufrag, second.ufrag)
    assert check(agent, request(agent, credentials=first), HOME) is None


def test_old_credentials_do_not_end_a_restart() -> None:
    agent = IceAgent("peer", 0.0)
    check(agent, request(agent, nominate=True), HOME)
    old = agent.credentials
    agent.restart("peer2")
    check(agent, request(agent, credentials=old, nominate=True), HOME)
    assert agent.retire_previous() is None


def test_addresses_are_bounded_and_the_used_one_is_kept() -> None:
    agent = IceAgent("peer", 0.0)
    check(agent, request(agent, nominate=True), HOME, 0.0)
    gone: list[object] = []
    for port in range(20):
        answer = check(agent, request(agent), ("192.0.2.2", 1000 + port), float(port + 1))
        assert answer is not None
        gone += answer.given_up
    assert len(agent.addresses) == MAX_PAIRS
    assert HOME in agent.addresses
    assert len(gone) == 21 - MAX_PAIRS


@given(st.binary(max_size=120))
def test_no_bytes_pass_as_a_check(data: bytes) -> None:
    assert stun.peek_username(memoryview(data)) is None or len(data) >= 28
    assert stun.parse_check(data, b"password") is None


@given(st.data())
def test_a_damaged_check_is_refused_without_an_error(data: st.DataObject) -> None:
    agent = IceAgent("peer", 0.0)
    whole = bytearray(request(agent, nominate=True))
    at = data.draw(st.integers(0, len(whole) - 9))  # the last attribute is only a checksum
    whole[at] ^= data.draw(st.integers(1, 255))
    username = stun.peek_username(memoryview(bytes(whole)))
    if username is not None:
        assert agent.check(bytes(whole), username, HOME, HOME, 1.0) is None
    assert agent.selected is None
