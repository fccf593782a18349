"""Who may send what to whom in a call. Pure; the media server enforces it on every packet.

- The visitor, staff and admitted experts exchange everything, as far as an expert's link
  allows: `hear` is sound, `see` is pictures, `speak` is sending.
- An expert in consult exchanges with staff only. While one is in the call the visitor is on
  hold: nothing of staff reaches them.
- In a private call the visitor gets and gives nothing.
- A guest, an outside source or player, is treated as the visitor is. One that sends (its media
  say what) receives nothing; one that sends nothing receives, but nobody asked the people in the
  call about who is behind it: while the visitor is at the bank, a page that is shown is covered or
  a recording is paused for what it must not hold, it gets nothing.
- An observer who listens gets what staff gets and gives nothing; one who whispers gives to staff
  alone; one who has barged in is staff like any other. Nobody is put on hold for them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from signaling.events import CallMember, ConversationState, ExpertSeat, Part

__all__ = ["NOTHING", "PICTURE", "SOUND", "Plan", "plan"]

SOUND = frozenset({"audio", "screen-audio"})
PICTURE = frozenset({"camera", "screen"})
ALL = SOUND | PICTURE
OUTSIDE = frozenset({"visitor", "guest"})
_NOT_FOR_GUESTS = frozenset({"staff", "shop", "identity", "page"})  # pauses of the recording
_SENT_BY_GUESTS = {"audio": "audio", "video": "camera"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What one member may send, and take from each other member."""

    publish: frozenset[str] = frozenset()
    receive: dict[str, frozenset[str]] = field(default_factory=dict)


NOTHING = Plan()


def plan(state: ConversationState) -> dict[str, Plan]:
    """Return the plan of each member of the call that is on."""
    call = state.call
    if call is None:
        return {}
    seats = {seat.person.id: seat for seat in state.experts}
    parts = {observer.person.id: observer.part for observer in state.observers}
    members = call.members
    hold = call.private or any(_consults(one, seats) for one in members)
    delicate = _delicate(state)
    plans: dict[str, Plan] = {}
    for me in members:
        takes = _takes(me, seats)
        if delicate and me.person.role == "guest":
            takes = frozenset()
        receive = {
            other.person.id: takes
            for other in members
            if other.person.id != me.person.id
            and takes
            and _sends(other, seats, parts)
            and _may_meet(me, other, seats)
            and (parts.get(other.person.id) != "whisper" or _is_staff(me))
            and not (hold and me.person.role in OUTSIDE and _is_staff(other))
            and not (call.private and OUTSIDE & {me.person.role, other.person.role})
        }
        plans[me.person.id] = Plan(_sends(me, seats, parts), receive)
    return plans


def _delicate(state: ConversationState) -> bool:
    """Tell whether what is said and shown now is for nobody outside."""
    proving, shown, call = state.verification, state.cobrowse, state.call
    return (
        (proving is not None and proving.state == "opened")
        or (shown is not None and shown.state == "paused" and shown.pause == "page")
        or (
            call is not None
            and call.recording is not None
            and not _NOT_FOR_GUESTS.isdisjoint(call.recording.pauses)
        )
    )


def _is_staff(member: CallMember) -> bool:
    return member.person.role in ("agent", "supervisor")


def _consults(member: CallMember, seats: dict[str, ExpertSeat]) -> bool:
    seat = seats.get(member.person.id)
    return seat is not None and seat.status == "consult"


def _may_meet(one: CallMember, other: CallMember, seats: dict[str, ExpertSeat]) -> bool:
    """Tell whether two exchange anything: one in consult meets staff alone."""
    if _consults(one, seats):
        return _is_staff(other)
    if _consults(other, seats):
        return _is_staff(one)
    return True


def _sends(
    member: CallMember, seats: dict[str, ExpertSeat], parts: dict[str, Part]
) -> frozenset[str]:
    if parts.get(member.person.id) == "listen":
        return frozenset()
    if member.person.role == "guest":
        return frozenset(_SENT_BY_GUESTS[kind] for kind in member.media if kind != "screen")
    if member.person.role != "expert":
        return ALL
    seat = seats.get(member.person.id)
    return ALL if seat is not None and "speak" in seat.scope else frozenset()


def _takes(member: CallMember, seats: dict[str, ExpertSeat]) -> frozenset[str]:
    if member.person.role == "guest" and member.media:
        return frozenset()
    if member.person.role != "expert":
        return ALL
    seat = seats.get(member.person.id)
    if seat is None:
        return frozenset()
    hears = SOUND if "hear" in seat.scope else frozenset()
    sees = PICTURE if "see" in seat.scope else frozenset()
    return hears | sees
