"""The shop's signed word for who its customer is: what it changes, and what proves nothing."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from structlog.testing import capture_logs

from server.identity.vault import CUSTOMERS, Ring, Tampered, Vault
from server.services.customers import (
    BadIdentify,
    Customer,
    Customers,
    open_secret,
    replace_secret,
    sign,
    verify,
)
from server.services.visitors import OpenVisitor
from server.store.people import Site
from signaling import messages
from signaling.backend import Principal
from signaling.errors import Superseded
from signaling.events import Visitor, VisitorIdentified
from signaling.hints import SessionEnded
from tests.contract.conftest import Desk, new_id, start

SECRET = "s" * 43
NOW = 1_800_000_000_000
SECONDS = NOW // 1000
ONE = Customer("C-1", "Test Customer One", "one@customers.example")
TWO = Customer("C-2", "Test Customer Two")


def claims(**changes: Any) -> dict[str, Any]:
    """Return good claims with changes; None takes one out."""
    good = {"aud": "tiski:shop", "sub": "C-1", "iat": SECONDS, "exp": SECONDS + 3600}
    return {name: value for name, value in (good | changes).items() if value is not None}


def token(algorithm: str = "HS256", key: Any = SECRET, **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm)


def by_hand(header: dict[str, Any], body: Any, signature: bytes = b"") -> str:
    """Return a token that no library would make."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    encoded = [part(json.dumps(each).encode()) for each in (header, body)]
    return ".".join([*encoded, part(signature)])


def jws(payload: bytes) -> str:
    return jwt.api_jws.encode(payload, SECRET, algorithm="HS256")


def public_pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed_by_rsa() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims(), key, algorithm="RS256")


HOSTILE: dict[str, tuple[str, Callable[[], str]]] = {
    "no algorithm": ("bad_algorithm", lambda: by_hand({"alg": "none"}, claims())),
    "a shouted none": ("bad_algorithm", lambda: by_hand({"alg": "NONE"}, claims())),
    "RSA": ("bad_algorithm", signed_by_rsa),
    "another HMAC": ("bad_algorithm", lambda: token("HS512", SECRET * 2)),
    "another secret": ("bad_signature", lambda: token(key="x" * 43)),
    "no signature": ("bad_signature", lambda: token().rpartition(".")[0] + "."),
    "changed claims": (
        "bad_signature",
        lambda: ".".join(
            [token().split(".")[0], token(sub="C-2").split(".")[1], token().split(".")[2]]
        ),
    ),
    "another site": ("wrong_audience", lambda: token(aud="tiski:other")),
    "our own audience": ("wrong_audience", lambda: token(aud="tiski:visitor")),
    "several audiences": ("wrong_audience", lambda: token(aud=["tiski:shop", "tiski:other"])),
    "no audience": ("missing_claim", lambda: token(aud=None)),
    "no customer": ("missing_claim", lambda: token(sub=None)),
    "no end": ("missing_claim", lambda: token(exp=None)),
    "no beginning": ("missing_claim", lambda: token(iat=None)),
    "over": ("expired", lambda: token(iat=SECONDS - 3600, exp=SECONDS)),
    "of tomorrow": ("from_future", lambda: token(iat=SECONDS + 90, exp=SECONDS + 3600)),
    "not yet": ("from_future", lambda: token(nbf=SECONDS + 90)),
    "for a day": ("too_lasting", lambda: token(exp=SECONDS + 3601)),
    "for ever": ("bad_time", lambda: token(exp=float("inf"))),
    "an end in words": ("bad_time", lambda: token(exp="tomorrow")),
    "a true end": ("bad_time", lambda: token(exp=True)),
    "a number for a customer": ("bad_subject", lambda: token(sub=17)),
    "an empty customer": ("bad_subject", lambda: token(sub="")),
    "a long customer": ("bad_subject", lambda: token(sub="C" * 121)),
    "a customer of two lines": ("bad_subject", lambda: token(sub="C\n1")),
    "a name that is a list": ("bad_name", lambda: token(name=["One"])),
    "a book for a name": ("bad_name", lambda: token(name="n" * 1001)),
    "no address": ("bad_email", lambda: token(email="nobody")),
    "huge": ("too_long", lambda: token(name="n" * 5000)),
    "a list for claims": ("not_a_token", lambda: jws(b"[1]")),
    "no token": ("not_a_token", lambda: "hello"),
    "empty": ("not_a_token", lambda: ""),
    "other letters": ("not_a_token", lambda: "ä.ö.å"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_token_proves_nothing(name: str) -> None:
    why, make = HOSTILE[name]
    with pytest.raises(BadIdentify) as refused:
        verify(make(), site="shop", secret=SECRET, now=NOW)
    assert refused.value.why == why
    assert "C-1" not in str(refused.value)


def test_a_public_key_is_no_secret_to_sign_with() -> None:
    # The classic confusion: what verifies RS256 is public, and is a fine HMAC key to a careless
    # verifier. Ours never takes a key from a token, nor an algorithm.
    pem = public_pem()
    forged = by_hand({"alg": "HS256", "jwk": {"kty": "RSA"}, "x5u": "https://evil.example"}, {})
    for each in (forged, by_hand({"alg": "RS256"}, claims(), pem.encode())):
        with pytest.raises(BadIdentify):
            verify(each, site="shop", secret=SECRET, now=NOW)


def test_a_good_token_says_who_it_is_for_an_hour_and_no_longer() -> None:
    good = sign(ONE, site="shop", secret=SECRET, now=NOW)
    assert verify(good, site="shop", secret=SECRET, now=NOW) == ONE
    assert verify(good, site="shop", secret=SECRET, now=NOW + 3_599_000) == ONE
    with pytest.raises(BadIdentify, match="time is over"):
        verify(good, site="shop", secret=SECRET, now=NOW + 3_600_000)


def test_a_long_name_is_cut_and_an_absent_one_is_none() -> None:
    found = verify(token(name="n " * 90, email=None), site="shop", secret=SECRET, now=NOW)
    assert found == Customer("C-1", ("n " * 40).strip(), "")


# --- what it changes --------------------------------------------------------------------------


@pytest.fixture
def vault() -> Vault:
    return Vault(lambda: Ring({"a": b"k" * 32}, "m" * 64))


async def come(
    desk: Desk, customer: Customer | None = None, *, cookie: str | None = None, create: bool = True
) -> OpenVisitor | None:
    return await desk.one.visitors.session(
        desk.site.id, cookie=cookie, resume=None, create=create, customer=customer
    )


async def known(desk: Desk, customer: Customer | None = None, **more: Any) -> OpenVisitor:
    opened = await come(desk, customer, **more)
    assert opened is not None
    return opened


async def principal(desk: Desk, opened: OpenVisitor) -> Principal:
    return await desk.one.backend.authenticate(opened.token, None)


def customers(desk: Desk, vault: Vault) -> Customers:
    return Customers(desk.one.db, vault, desk.one.conversations, desk.clock)


async def snapshot(desk: Desk, who: Principal, conv: str) -> messages.Snapshot:
    opened = await desk.one.reading.open_conversation(who, conv, None)
    assert isinstance(opened, messages.Snapshot)
    return opened


async def identified(desk: Desk, conv: str) -> list[Visitor]:
    """Return what the timeline says of who the visitor is."""
    seen = await snapshot(desk, desk.agents[0], conv)
    return [e.event.visitor for e in seen.events if isinstance(e.event, VisitorIdentified)]


async def test_a_visitor_becomes_the_customer_and_keeps_the_conversation(
    desk: Desk, vault: Vault
) -> None:
    first = await known(desk)
    who = await principal(desk, first)
    ack = await desk.one.backend.execute(
        who, start(name="Typed Name", email="typed@customers.example", offline=True)
    )
    assert ack.conv is not None
    await desk.one.backend.execute(desk.agents[0], messages.Accept(id=new_id(), conv=ack.conv))
    again = await known(desk, TWO, cookie=first.cookie)
    assert again.visitor.id == first.visitor.id
    assert again.conversation == ack.conv
    # The shop gave no address: what the visitor typed stays.
    told = Visitor(
        first.visitor.id, "Test Customer Two", "typed@customers.example", "identified", "C-2"
    )
    assert again.visitor == told
    for _ in range(2):
        await customers(desk, vault).tell(again.visitor, TWO)
    assert await identified(desk, ack.conv) == [told]


async def test_the_same_customer_again_changes_nothing(desk: Desk, vault: Vault) -> None:
    first = await known(desk, ONE)
    conv = await desk.conversation(await principal(desk, first))
    other_name = Customer("C-1", "Another Name", "another@customers.example")
    again = await known(desk, other_name, cookie=first.cookie)
    assert again.visitor == first.visitor
    await customers(desk, vault).tell(again.visitor, other_name)
    assert await identified(desk, conv) == []
    assert not any(isinstance(hint, SessionEnded) for _, hint in desk.one.bus.published)


async def test_another_customer_is_another_visitor_and_sees_nothing_of_the_first(
    desk: Desk,
) -> None:
    first = await known(desk, ONE)
    conv = await desk.conversation(await principal(desk, first))
    second = await known(desk, TWO, cookie=first.cookie)
    assert second.visitor.id != first.visitor.id
    assert second.conversation is None
    assert second.cookie not in (None, first.cookie)
    ended = (f"person.{first.visitor.id}", SessionEnded(session=first.session))
    assert ended in desk.one.bus.published
    with pytest.raises(Superseded):
        await principal(desk, first)
    assert await come(desk, cookie=first.cookie, create=False) is None
    # The conversation stays with the one whose it was.
    async with desk.one.db.read() as tx:
        row = (await tx.exec_driver_sql("SELECT visitor FROM conversation")).all()
    assert [each.visitor for each in row] == [first.visitor.id]
    assert conv


async def test_another_customer_who_has_not_acted_ends_the_session_and_makes_none(
    desk: Desk,
) -> None:
    first = await known(desk, ONE)
    assert await come(desk, TWO, cookie=first.cookie, create=False) is None
    assert await come(desk, TWO, create=False) is None
    async with desk.one.db.read() as tx:
        rows = (await tx.exec_driver_sql("SELECT id FROM visitor")).all()
    assert [each.id for each in rows] == [first.visitor.id]


async def test_two_browsers_of_one_customer_stay_two_visitors(desk: Desk) -> None:
    here, there = await known(desk, ONE), await known(desk, ONE)
    assert here.visitor.id != there.visitor.id
    assert here.visitor.customer == there.visitor.customer == "C-1"
    await desk.conversation(await principal(desk, here))
    assert (await known(desk, ONE, cookie=there.cookie)).conversation is None


async def test_two_tabs_that_identify_at_once_make_one_customer(desk: Desk) -> None:
    first = await known(desk)
    tabs = await asyncio.gather(*(known(desk, ONE, cookie=first.cookie) for _ in range(4)))
    assert {tab.visitor.id for tab in tabs} == {first.visitor.id}
    assert {tab.visitor.customer for tab in tabs} == {"C-1"}


async def test_a_new_visitor_is_the_customer_from_the_first_word(desk: Desk) -> None:
    opened = await known(desk, ONE)
    conv = await desk.conversation(await principal(desk, opened))
    seen = await snapshot(desk, desk.agents[0], conv)
    assert seen.state.visitor.kind == "identified"
    assert seen.state.visitor.customer == "C-1"
    mine = await snapshot(desk, await principal(desk, opened), conv)
    assert mine.state.visitor.customer == ""


async def test_forgetting_works_by_the_secret_where_there_is_no_cookie(desk: Desk) -> None:
    first = await known(desk, ONE)
    await desk.one.visitors.end(new_id(), cookie=first.cookie, resume=first.resume)
    await principal(desk, first)  # of another site: it stays
    await desk.one.visitors.end(desk.site.id, cookie=None, resume=first.resume)
    with pytest.raises(Superseded):
        await principal(desk, first)


async def test_a_secret_opens_for_its_own_site_only_and_a_new_one_ends_the_old(
    desk: Desk, vault: Vault
) -> None:
    service = customers(desk, vault)
    with pytest.raises(BadIdentify, match="tiski site secret shop"):
        await service.read(desk.site, token())
    async with desk.one.db.write() as tx:
        old = await replace_secret(tx, vault, desk.site.id)
    good = sign(ONE, site=desk.site.key, secret=old, now=desk.clock())
    assert await service.read(desk.site, good) == ONE
    async with desk.one.db.write() as tx:
        new = await replace_secret(tx, vault, desk.site.id)
        assert await open_secret(tx, vault, desk.site.id) == new != old
    with capture_logs() as logs, pytest.raises(BadIdentify) as refused:
        await service.read(desk.site, good)
    assert refused.value.why == "bad_signature"
    told = json.dumps(logs)
    assert "bad_signature" in told
    assert not any(part in told for part in good.split("."))
    elsewhere = Site(new_id(), "other", "Other", "#123456", ["fi"], [])
    with pytest.raises(Tampered):
        vault.open(vault.seal(new.encode(), CUSTOMERS, desk.site.id), CUSTOMERS, elsewhere.id)
