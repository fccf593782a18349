"""`tiski vault rotate`: everything goes under the newest key, and the old can be taken out."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, update

from server.identity.vault import CUSTOMERS, ORDER, PERSON, PROVIDER_KEY, RECORDING, TAKE, Vault
from server.services import rotation
from server.services.rotation import Rotated, rotate
from server.store.identity_tables import identity_attempt, person, provider_key
from server.store.tables import site
from tests.contract.conftest import Desk, new_id
from tests.contract.proven import KEYS, ONE, Proving, dump, refused, vault_of

NEW = {"second": bytes(range(32, 64))}


@pytest.fixture
def proving(desk: Desk) -> Proving:
    return Proving.at(desk)


async def _filled(proving: Proving, old: Vault) -> tuple[str, str]:
    """Let there be something sealed of every kind; return an attempt's id and a proof's."""
    _, conv, verification = await proving.proven()
    shop, attempt = proving.desk.site.id, new_id()
    async with proving.desk.one.db.write() as tx:
        await tx.execute(
            insert(provider_key).values(
                id="kid",
                use="sig",
                algorithm="ES256",
                sealed=old.seal(b"jwk", PROVIDER_KEY, "kid"),
                created_at=1,
                active_at=1,
            )
        )
        sealed = old.seal(b"secret", CUSTOMERS, shop)
        await tx.execute(update(site).where(site.c.id == shop).values(identify=sealed))
        for key, order in ((attempt, old.seal(b"order", ORDER, attempt)), (new_id(), None)):
            await tx.execute(
                insert(identity_attempt).values(
                    id=key,
                    verification=new_id(),
                    conversation=conv,
                    site=shop,
                    visitor=new_id(),
                    provider="bankid",
                    method="bankid.app",
                    lang="fi",
                    way="",
                    started_at=1,
                    expires_at=2,
                    order=order,
                )
            )
    return attempt, verification


async def test_everything_is_sealed_anew_and_the_old_key_can_go(proving: Proving) -> None:
    attempt, verification = await _filled(proving, vault_of())
    await proving.allow(proving.agent)
    db, shop = proving.desk.one.db, proving.desk.site.id
    done = await rotate(db, vault_of(NEW | KEYS))
    assert done == [
        *(Rotated(purpose, sealed=1) for purpose in (PERSON, PROVIDER_KEY, ORDER, CUSTOMERS)),
        *(Rotated(purpose) for purpose in (TAKE, RECORDING)),
    ]
    alone = vault_of(NEW)
    async with db.read() as tx:
        jwk = (await tx.execute(select(provider_key.c.sealed))).scalar_one()
        secret = (await tx.execute(select(site.c.identify).where(site.c.id == shop))).scalar_one()
        order = (
            await tx.execute(
                select(identity_attempt.c.order).where(identity_attempt.c.id == attempt)
            )
        ).scalar_one()
        assert (await tx.execute(select(person.c.key))).scalars().all() == ["second"]
    assert alone.open(jwk, PROVIDER_KEY, "kid") == b"jwk"
    assert alone.open(secret, CUSTOMERS, shop) == b"secret"
    assert alone.open(order, ORDER, attempt) == b"order"
    after = Proving.at(proving.desk, alone)
    assert await after.one.reveal(proving.agent, verification, "A refund") == ONE
    assert b"\x05first" not in await dump(proving.desk)


async def test_a_person_is_the_same_after_a_rotation(proving: Proving) -> None:
    visitor, conv, _ = await proving.proven()
    await rotate(proving.desk.one.db, vault_of(NEW | KEYS))
    after = Proving.at(proving.desk, vault_of(NEW))
    assert not await after.keep(conv, await after.ask(visitor, conv), after.evidence())


async def test_what_is_done_is_passed_over(
    proving: Proving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "_BATCH", 2)
    for number in range(5):
        async with proving.desk.one.db.write() as tx:
            await tx.execute(
                insert(provider_key).values(
                    id=f"kid{number}",
                    use="sig",
                    algorithm="ES256",
                    sealed=vault_of().seal(b"jwk", PROVIDER_KEY, f"kid{number}"),
                    created_at=1,
                    active_at=1,
                )
            )
    ring = vault_of(NEW | KEYS)
    db = proving.desk.one.db
    assert (await rotate(db, ring))[1] == Rotated(PROVIDER_KEY, sealed=5)
    held = await dump(proving.desk)
    assert (await rotate(db, ring))[1] == Rotated(PROVIDER_KEY, kept=5)
    assert await dump(proving.desk) == held


async def test_what_cannot_be_opened_is_told_and_the_rest_is_done(proving: Proving) -> None:
    await proving.proven()
    foreign = vault_of({"lost": bytes(32)})
    await _filled(Proving.at(proving.desk, foreign), foreign)
    async with proving.desk.one.db.write() as tx:  # the person of the first is kept by the lost
        await tx.execute(
            update(provider_key).values(sealed=vault_of().seal(b"jwk", PROVIDER_KEY, "kid"))
        )
    done = {one.purpose: one for one in await rotate(proving.desk.one.db, vault_of(NEW | KEYS))}
    assert done[PROVIDER_KEY] == Rotated(PROVIDER_KEY, sealed=1)
    (shut,) = done[ORDER].shut
    assert "key lost is not in TISKI_VAULT_KEYS" in shut


async def test_what_is_written_meanwhile_is_not_written_over(
    proving: Proving, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, conv, _ = await proving.proven()
    ring = vault_of(NEW | KEYS)
    rewrap = ring.rewrap
    written = b""

    def meanwhile(sealed: bytes, purpose: str, row: str = "") -> bytes:
        """Seal anew, and let somebody prove who they are again before that is stored."""
        nonlocal written
        anew = rewrap(sealed, purpose, row)
        if purpose == PERSON:
            written = vault_of().seal(b'{"code":"c","name":"Newer"}', PERSON, row)
        return anew

    async def store(*arguments: object) -> int:
        async with proving.desk.one.db.write() as tx:
            if written:
                await tx.execute(update(person).values(sealed=written))
        return await original(*arguments)  # type: ignore[arg-type]

    original = rotation._store
    monkeypatch.setattr(ring, "rewrap", meanwhile)
    monkeypatch.setattr(rotation, "_store", store)
    assert (await rotate(proving.desk.one.db, ring))[0] == Rotated(PERSON, missed=1)
    monkeypatch.undo()
    async with proving.desk.one.db.read() as tx:
        assert (await tx.execute(select(person.c.sealed))).scalar_one() == written
    assert (await rotate(proving.desk.one.db, vault_of(NEW | KEYS)))[0].sealed == 1
    after = Proving.at(proving.desk, vault_of(NEW))
    (seen,) = (await after.one.of_conversation(proving.agent, conv)).proofs
    assert seen.name == "Newer"
    before = Proving.at(proving.desk)
    await refused("unavailable", before.one.of_conversation(proving.agent, conv))
