"""Who visitors proved to be: kept sealed, shown masked, revealed with a reason, erased wholly."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from server.domain.gates import Gate, Gates
from server.services.throttle import TooManyAttempts
from server.store.identity_tables import person, proof
from server.store.tables import event
from signaling.events import IdentityErased, IdentityVerified
from signaling.messages import Event
from tests.contract.conftest import Desk
from tests.contract.proven import NAMES, ONE, TWO, Proving, audited, dump, refused, vault_of


@pytest.fixture
def proving(desk: Desk) -> Proving:
    return Proving.at(desk)


async def _count(proving: Proving, table: object) -> int:
    async with proving.desk.one.db.read() as tx:
        return int((await tx.execute(select(func.count()).select_from(table))).scalar_one())  # type: ignore[arg-type]


# --- keeping ------------------------------------------------------------------------------------


async def test_the_first_identity_counts_and_the_same_again_does(proving: Proving) -> None:
    visitor, conv, first = await proving.proven()
    assert (await proving.state(conv)).identity is not None
    second = await proving.prove(visitor, conv)
    state = await proving.state(conv)
    assert state.identity is not None
    assert state.identity.verification == second
    assert state.identity_changed is None
    assert await _count(proving, person) == 1
    seen = await proving.one.of_conversation(proving.agent, conv)
    assert [(p.verification, p.accepted) for p in seen.proofs] == [(second, True), (first, True)]


@pytest.mark.parametrize("accept", [True, False])
async def test_somebody_else_counts_once_staff_has_confirmed(
    proving: Proving, accept: bool
) -> None:
    visitor, conv, first = await proving.proven(ONE)
    second = await proving.prove(visitor, conv, TWO)
    state = await proving.state(conv)
    assert state.identity is not None
    assert state.identity.verification == first
    assert state.identity_changed is not None
    seen = await proving.one.of_conversation(proving.agent, conv)
    assert [p.accepted for p in seen.proofs] == [None, True]
    await proving.confirm(conv, second, accept=accept)
    seen = await proving.one.of_conversation(proving.agent, conv)
    assert [p.accepted for p in seen.proofs] == [accept, True]
    # Whose it is now decides who is somebody else from now on.
    assert await proving.keep(conv, "third", proving.evidence(TWO)) is not accept
    assert await proving.keep(conv, "fourth", proving.evidence(ONE)) is accept


async def test_the_confirmed_one_counts_though_another_was_proven_meanwhile(
    proving: Proving,
) -> None:
    visitor, conv, _ = await proving.proven(ONE)
    other = await proving.prove(visitor, conv, TWO)
    await proving.prove(visitor, conv, ONE)
    await proving.confirm(conv, other, accept=True)
    assert not await proving.keep(conv, "fifth", proving.evidence(TWO))


async def test_a_newer_stranger_takes_the_place_of_one_not_confirmed(proving: Proving) -> None:
    visitor, conv, _ = await proving.proven(ONE)
    await proving.prove(visitor, conv, TWO)
    newest = await proving.prove(visitor, conv, TWO)
    seen = await proving.one.of_conversation(proving.agent, conv)
    assert [p.accepted for p in seen.proofs] == [None, False, True]
    changed = (await proving.state(conv)).identity_changed
    assert changed is not None
    assert changed.verification == newest


async def test_nothing_that_is_kept_shows_a_code(proving: Proving) -> None:
    await proving.proven()
    held = await dump(proving.desk)
    for piece in (ONE, ONE.replace("-", ""), ONE[:6], ONE[7:]):
        assert piece.encode() not in held


async def test_one_person_is_kept_though_they_prove_it_twice_at_once(proving: Proving) -> None:
    convs = [await proving.desk.served(await proving.desk.visitor()) for _ in range(4)]
    nodes = [proving.one, proving.two, proving.one, proving.two]
    evidence = proving.evidence()

    async def keep(number: int) -> bool:
        async with proving.desk.one.db.write() as tx:
            return await nodes[number].keep(
                tx,
                site=proving.desk.site.id,
                conv=convs[number],
                verification=f"v{number}",
                evidence=evidence,
            )

    assert await asyncio.gather(*map(keep, range(4))) == [False] * 4
    assert (await _count(proving, person), await _count(proving, proof)) == (1, 4)


async def test_a_person_is_another_one_at_another_shop(proving: Proving) -> None:
    await proving.proven()
    stranger = await proving.stranger()
    _, conv, _ = await proving.proven()
    async with proving.desk.one.db.write() as tx:
        await proving.one.keep(
            tx,
            site=stranger.site,
            conv=conv,
            verification="there",
            evidence=proving.evidence(),
        )
    async with proving.desk.one.db.read() as tx:
        rows = (await tx.execute(select(person.c.site, person.c.match))).all()
    assert len({row.site for row in rows}) == len({row.match for row in rows}) == len(rows) == 2


# --- seeing -------------------------------------------------------------------------------------


async def test_staff_sees_the_name_and_a_masked_code(proving: Proving) -> None:
    _, conv, _ = await proving.proven()
    (seen,) = (await proving.one.of_conversation(proving.agent, conv)).proofs
    assert (seen.name, seen.masked, seen.country) == (NAMES[ONE], "13••••-••••", "FI")
    assert (seen.method, seen.level, seen.at) == ("Test Bank", "substantial", proving.desk.clock())
    assert NAMES[ONE] not in repr(seen)


async def test_nobody_else_sees_anything(proving: Proving) -> None:
    visitor, conv, verification = await proving.proven()
    expert = await proving.desk.expert(conv)
    for who in (visitor, expert, await proving.stranger()):
        await refused("not_found", proving.one.of_conversation(who, conv))
        await refused("not_found", proving.one.earlier(who, conv))
        await refused("not_found", proving.one.reveal(who, verification, "a reason"))
        await refused("not_found", proving.one.erase(who, verification, "a reason"))
    for who in (visitor, expert):
        await refused("forbidden", proving.gates.set_gates(who, Gates(None, None)))
    assert await audited(proving.desk.one.db, "identity.reveal") == []


async def test_a_vault_without_the_key_says_so_and_shows_nothing(proving: Proving) -> None:
    _, conv, verification = await proving.proven()
    await proving.allow(proving.agent)
    other = Proving.at(proving.desk, vault_of({"second": bytes(32)}))
    for doing in (
        other.one.of_conversation(proving.agent, conv),
        other.one.reveal(proving.agent, verification, "a reason"),
    ):
        assert "tell the operator" in await refused("unavailable", doing)
    assert await audited(proving.desk.one.db, "identity.reveal") == []


async def test_a_code_is_revealed_with_permission_and_reason_and_audited(
    proving: Proving,
) -> None:
    _, conv, verification = await proving.proven()
    await refused("forbidden", proving.one.reveal(proving.agent, verification, "A refund"))
    await refused(
        "forbidden", proving.one.reveal(proving.desk.supervisor, verification, "A refund")
    )
    assert not (await proving.one.of_conversation(proving.agent, conv)).may_reveal
    await proving.allow(proving.agent)
    assert (await proving.one.of_conversation(proving.agent, conv)).may_reveal
    for reason in ("", "  a\u202e ", "x" * 201, f"It is {ONE}", f"{ONE[:6]} {ONE[6:]}"):
        await refused("bad_text", proving.one.reveal(proving.agent, verification, reason))
    await refused("not_found", proving.one.reveal(proving.agent, "nothing", "A refund"))
    assert await audited(proving.desk.one.db, "identity.reveal") == []
    asked = " A  refund,\nbank\x00 transfer "
    assert await proving.one.reveal(proving.agent, verification, asked) == ONE
    (row,) = await audited(proving.desk.one.db, "identity.reveal")
    assert row == (proving.agent.person.id, f"{conv} {verification} A refund, bank transfer")
    assert ONE.encode() not in await dump(proving.desk)


async def test_codes_are_seen_one_by_one_not_by_the_shopful(proving: Proving) -> None:
    _, _, verification = await proving.proven()
    await proving.allow(*proving.desk.agents)
    revealed = await asyncio.gather(
        *(
            node.reveal(proving.agent, verification, "A refund")
            for node in (proving.one, proving.two)
            for _ in range(12)
        ),
        return_exceptions=True,
    )
    assert revealed.count(ONE) == 20
    assert sum(isinstance(one, TooManyAttempts) for one in revealed) == 4
    assert len(await audited(proving.desk.one.db, "identity.reveal")) == 20
    colleague = proving.desk.agents[1]
    assert await proving.one.reveal(colleague, verification, "A refund") == ONE
    proving.desk.clock.forward(seconds=901)
    assert await proving.one.reveal(proving.agent, verification, "A refund") == ONE


# --- earlier visits -----------------------------------------------------------------------------


async def test_what_the_same_person_talked_about_before_is_listed_newest_first(
    proving: Proving,
) -> None:
    convs = [(await proving.proven())[1] for _ in range(3)]
    await proving.proven(TWO)
    never, not_confirmed, _ = await proving.proven(TWO)
    await proving.prove(never, not_confirmed, ONE)
    items = await proving.one.earlier(proving.agent, convs[1])
    assert [item.id for item in items] == [convs[2], convs[0]]
    assert await audited(proving.desk.one.db, "identity.history") == [
        (proving.agent.person.id, convs[1])
    ]


async def test_history_asks_for_a_proof_of_the_last_hour(proving: Proving) -> None:
    visitor = await proving.desk.visitor()
    conv = await proving.desk.served(visitor)
    words = await refused("identity_needed", proving.one.earlier(proving.agent, conv))
    assert "level substantial or higher, not older than 60 minutes" in words
    await proving.prove(visitor, conv, level="low")
    await refused("identity_needed", proving.one.earlier(proving.agent, conv))
    await proving.prove(visitor, conv)
    assert await proving.one.earlier(proving.agent, conv) == []
    proving.desk.clock.forward(seconds=3_600)
    assert await proving.one.earlier(proving.agent, conv) == []
    proving.desk.clock.forward(seconds=0.001)
    await refused("identity_needed", proving.one.earlier(proving.agent, conv))
    (history, _) = (await proving.one.of_conversation(proving.agent, conv)).gates
    assert (history.action, history.gate, history.why) == (
        "history",
        Gate("substantial", 60),
        "too_old",
    )
    assert len(await audited(proving.desk.one.db, "identity.history")) == 2


async def test_what_was_talked_about_with_another_shop_is_not_told(proving: Proving) -> None:
    _, conv, _ = await proving.proven()
    stranger = await proving.stranger()
    # The same person proves the same to the other shop, in a conversation of that shop.
    elsewhere = Proving.at(proving.desk)
    agents, site = proving.desk.agents, proving.desk.site
    proving.desk.agents = [stranger, agents[1]]
    proving.desk.site = type(site)(stranger.site, "other", "Other", "#123456", ["fi"], [])
    _, there, _ = await elsewhere.proven()
    proving.desk.agents, proving.desk.site = agents, site
    assert await proving.one.earlier(proving.agent, conv) == []
    assert await proving.one.earlier(stranger, there) == []
    assert await _count(proving, person) == 2


async def test_supervisors_change_the_gates_of_their_shop(proving: Proving) -> None:
    boss, stranger = proving.desk.supervisor, await proving.stranger()
    assert await proving.gates.gates(boss.site) == Gates()
    await refused("forbidden", proving.gates.set_gates(proving.agent, Gates(None, None)))
    await proving.gates.set_gates(boss, Gates(None, Gate("high", 5)))
    assert await proving.gates.gates(boss.site) == Gates(None, Gate("high", 5))
    assert await proving.gates.gates(stranger.site) == Gates()
    assert await audited(proving.desk.one.db, "identity.gates") == [
        (boss.person.id, "history=off confidential=high:5")
    ]


# --- erasing ------------------------------------------------------------------------------------


async def test_erasing_leaves_nothing_of_a_person(proving: Proving) -> None:
    boss = proving.desk.supervisor
    visitor, conv, first = await proving.proven(ONE)
    second = await proving.prove(visitor, conv, ONE)
    _, other, elsewhere = await proving.proven(ONE)
    stranger, third, kept = await proving.proven(TWO)
    pending = await proving.prove(stranger, third, ONE)
    async with proving.desk.one.db.read() as tx:
        rows = (await tx.execute(select(person.c.id, person.c.match, person.c.sealed))).all()
    held = await dump(proving.desk)
    assert held.count(NAMES[ONE].encode()) >= 4
    before = await proving.snapshot(proving.agent, conv)

    await refused("forbidden", proving.one.erase(proving.agent, first, "They asked us to"))
    await refused("bad_text", proving.one.erase(boss, first, "-"))
    await proving.one.erase(boss, first, "They asked us to")

    held = await dump(proving.desk)
    assert NAMES[ONE].encode() not in held
    left = [row for row in rows if row.match.encode() in held]
    assert len(left) == 1, "of the other person"
    for row in rows:
        assert (row.sealed in held) is (row is left[0])
    for shown, erased in ((conv, [first, second]), (other, [elsewhere]), (third, [pending])):
        snapshot = await proving.snapshot(proving.agent, shown)
        told = [e.event for e in snapshot.events]
        gone = [e.verification for e in told if isinstance(e, IdentityErased)]
        assert sorted(gone) == sorted(erased)
        names = {e.proof.name for e in told if isinstance(e, IdentityVerified)}
        assert names <= {"", NAMES[TWO]}
        assert NAMES[ONE] not in repr(snapshot)
    state = await proving.state(third)
    assert state.identity is not None
    assert (state.identity.verification, state.identity.name) == (kept, NAMES[TWO])
    assert state.identity_changed is None
    (seen,) = (await proving.one.of_conversation(proving.agent, third)).proofs
    assert seen.verification == kept

    # Whoever was away gets what follows, without the name, and who looks anew does too.
    replayed = await proving.desk.one.reading.open_conversation(
        proving.agent, conv, (before.epoch, 1)
    )
    assert isinstance(replayed, list)
    assert all(isinstance(frame, Event) for frame in replayed)
    assert NAMES[ONE] not in repr(replayed)
    assert await audited(proving.desk.one.db, "identity.erase") == [
        (boss.person.id, f"{first} They asked us to")
    ]
    async with proving.desk.one.db.read() as tx:
        assert await proving.desk.one.audit.verify(tx) is None


async def test_what_was_erased_opens_no_gate_and_can_be_proven_anew(proving: Proving) -> None:
    visitor, conv, verification = await proving.proven()
    await proving.one.erase(proving.desk.supervisor, verification, "They asked us to")
    await refused("identity_needed", proving.one.earlier(proving.agent, conv))
    await refused("not_found", proving.one.reveal(proving.agent, verification, "A refund"))
    assert (await proving.one.of_conversation(proving.agent, conv)).proofs == []
    await proving.prove(visitor, conv, TWO)
    state = await proving.state(conv)
    assert state.identity is not None
    assert state.identity.name == NAMES[TWO]


async def test_erasing_what_is_erased_finds_nothing(proving: Proving) -> None:
    _, conv, verification = await proving.proven()
    boss = proving.desk.supervisor
    twice = await asyncio.gather(
        proving.one.erase(boss, verification, "They asked us to"),
        proving.two.erase(boss, verification, "They asked us to"),
        return_exceptions=True,
    )
    assert None in twice
    async with proving.desk.one.db.read() as tx:
        told = select(func.count()).where(
            event.c.conversation == conv, event.c.kind == "identity_erased"
        )
        assert (await tx.execute(told)).scalar_one() == 1
    await refused("not_found", proving.one.erase(boss, verification, "They asked us to"))


async def test_erasing_that_was_cut_short_is_done_by_doing_it_again(proving: Proving) -> None:
    _, conv, verification = await proving.proven()
    _, other, _ = await proving.proven()
    boss, erased = proving.desk.supervisor, []

    async def also(of: str, _by: str) -> None:
        erased.append(of)
        if len(erased) in (1, 3):  # at once, and after the other proof is gone
            raise ConnectionError("the database went away")

    proving.one.also_erase = also
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await proving.one.erase(boss, verification, "They asked us to")
    assert len((await proving.one.of_conversation(proving.agent, conv)).proofs) == 1
    await proving.one.erase(boss, verification, "They asked us to")
    assert erased == [other, other, conv, conv]
    assert await _count(proving, person) == 0


async def test_who_proves_it_while_they_are_erased_is_kept_whole_or_not_at_all(
    proving: Proving,
) -> None:
    boss = proving.desk.supervisor
    for number in range(5):
        _, conv, verification = await proving.proven()
        await asyncio.gather(
            proving.one.erase(boss, verification, "They asked us to"),
            proving.keep(conv, f"again{number}", proving.evidence()),
        )
        persons, proofs = await _count(proving, person), await _count(proving, proof)
        assert persons == (proofs > 0)
