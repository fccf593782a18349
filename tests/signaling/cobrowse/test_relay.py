"""The relay of one co-browsing, without a socket."""

import pytest

from signaling.cobrowse.frames import (
    ClearMarks,
    Curtain,
    Highlight,
    Masked,
    Operate,
    Operated,
    PageShown,
    Pointer,
    Resync,
    Sharing,
    Shown,
    Stroke,
    TakeSnapshot,
    Viewers,
    Welcome,
)
from signaling.cobrowse.relay import Stage as What
from signaling.events import CobrowseState, Page, Person
from tests.signaling.cobrowse.stage import PAGE, WALL, Stage, granted, on, operate, showing

# --- who is there -----------------------------------------------------------------------------


def test_sharer_is_welcomed_with_the_next_token_and_who_sees():
    stage = Stage()
    stage.viewer("a")
    stage.sharer(resume="r7")
    (welcome,) = stage.heard("s", Welcome)
    assert (welcome.you, welcome.resume, welcome.epoch) == ("s", "r7", 0)
    assert [one.id for one in welcome.viewers] == ["a"]
    assert welcome.now == WALL * 1000


def test_first_viewer_makes_the_sharer_take_a_snapshot():
    stage = Stage()
    stage.sharer()
    assert stage.heard("s", TakeSnapshot) == []
    stage.viewer("a")
    told = stage.heard("s")
    assert [type(one) for one in told] == [Viewers, TakeSnapshot]
    assert told[0].viewers[0].person.name == "A"


def test_sharer_who_comes_to_waiting_viewers_takes_a_snapshot_at_once():
    stage = Stage()
    stage.viewer("a")
    stage.sharer()
    assert len(stage.heard("s", TakeSnapshot)) == 1


def test_viewer_before_the_sharer_is_told_that_nobody_shares():
    stage = Stage()
    stage.viewer("a")
    assert not stage.heard("a", Welcome)[0].sharing
    stage.sharer()
    assert stage.heard("a", Sharing) == [Sharing(on=True)]


def test_late_viewer_gets_the_newest_page_curtain_and_masked_with_the_welcome():
    stage = showing()
    stage.say("s", PageShown(page=Page(url="https://shop.example/pay"), width=400, height=800))
    stage.say("s", Masked(fields=3))
    stage.say("s", Curtain(down=True, reason="page"))
    stage.viewer("b")
    (welcome,) = stage.heard("b", Welcome)
    assert welcome.page.page.url == "https://shop.example/pay"
    assert (welcome.page.width, welcome.masked.fields) == (400, 3)
    assert welcome.curtain == Curtain(down=True, reason="page")
    assert welcome.epoch == 1


def test_colours_are_each_given_once_and_given_again():
    stage = Stage()
    for name in "abc":
        stage.viewer(name)
    assert [one.colour for one in stage.relay.public()] == [0, 1, 2]
    stage.viewer_gone("b")
    stage.viewer("d")
    assert {one.id: one.colour for one in stage.relay.public()} == {"a": 0, "c": 2, "d": 1}


def test_fourth_viewer_is_turned_away_as_full():
    stage = Stage()
    for name in "abcd":
        stage.viewer(name)
    assert stage.closed == {"d": "full"}
    assert len(stage.relay.viewers) == 3


def test_a_viewer_whose_old_socket_lingers_takes_its_own_place():
    stage = Stage()
    stage.sharer()
    for name in "abc":
        stage.viewer(name)
    stage.forget()
    stage.viewer("b", id_="b2")
    assert stage.closed == {"b": "superseded"}
    assert [one.id for one in stage.relay.public()] == ["a", "c", "b2"]
    assert ClearMarks(viewer="b") in stage.heard("s")


def test_everybody_learns_who_sees_when_one_comes_or_goes():
    stage = showing()
    stage.viewer("b")
    assert [len(one.viewers) for one in stage.heard("a", Viewers)] == [2]
    stage.viewer_gone("b")
    assert [len(one.viewers) for one in stage.heard("a", Viewers)] == [1]
    assert [len(one.viewers) for one in stage.heard("s", Viewers)] == [2, 1]


def test_last_viewer_gone_is_told_as_nobody():
    stage = showing()
    stage.viewer_gone("a")
    assert stage.heard("s", Viewers) == [Viewers(viewers=[])]


def test_new_sharer_takes_the_place_of_the_old_one():
    stage = showing()
    stage.sharer("s2")
    assert stage.closed == {"s": "superseded"}
    assert not stage.delta(1, 1, by="s")
    stage.sharer_gone("s")
    assert stage.relay.sharer == "s2"
    assert stage.snapshot(2, by="s2")
    assert stage.seen("a") == [(2, 0)]


def test_sharer_gone_is_told_and_nothing_of_before_is_continued():
    stage = showing()
    stage.sharer_gone()
    assert stage.heard("a", Sharing) == [Sharing(on=False)]
    stage.sharer("s2")
    stage.delta(1, 1, by="s2")
    assert stage.seen("a") == []


def test_welcome_after_a_change_of_node_begins_above_what_viewers_saw():
    started = int((WALL - 60) * 1000)
    stage = Stage(CobrowseState(id="cb", by=Person(id="v", role="visitor"), state="on",
                                started_at=started))  # fmt: skip
    stage.sharer()
    assert stage.heard("s", Welcome)[0].epoch >= 60


def test_recorder_that_goes_on_in_its_old_epochs_is_heard_on_a_new_node():
    stage = Stage(on(started_at=int((WALL - 60) * 1000)))
    stage.viewer("a")
    stage.sharer()
    assert stage.snapshot(9)
    assert stage.seen("a") == [(9, 0)]


def test_greeted_viewer_of_another_node_is_told_piece_by_piece():
    stage = showing()
    stage.viewer("b", greeted=True)
    told = stage.heard("b")
    assert [type(one) for one in told] == [Sharing, PageShown, Viewers]
    assert told[0].on
    stage.viewer("b", greeted=True)
    assert len(stage.relay.viewers) == 2


def test_addresses_lose_their_secrets_whatever_the_page_sends():
    stage = Stage()
    stage.viewer("a")
    stage.sharer(page=Page(url="https://shop.example/x?token=1#y"))
    sent = ("https://shop.example/z#card=1?2", "https://me:pw@shop.example/", "data:x,y", "//[")
    for url in sent:
        stage.say("s", PageShown(page=Page(url=url)))
    urls = [one.page.url for one in stage.heard("a", PageShown)]
    shop = "https://shop.example"
    assert urls == [f"{shop}/x", f"{shop}/z", f"{shop}/", "", ""]


def test_another_page_is_counted_and_a_resize_is_not():
    stage = Stage()
    stage.sharer()
    stage.say("s", PageShown(page=PAGE, width=1))
    stage.say("s", PageShown(page=Page(url="https://shop.example/next")))
    stage.say("s", PageShown(page=Page(url="https://shop.example/next"), width=2))
    assert stage.turns == ["https://shop.example/next"]


# --- the recording ----------------------------------------------------------------------------


def test_deltas_follow_their_snapshot():
    stage = showing()
    assert stage.delta(1, 1)
    assert stage.delta(1, 2)
    assert stage.seen("a") == [(1, 1), (1, 2)]


def test_gap_drops_everything_until_the_snapshot_that_is_asked_for():
    stage = showing()
    stage.wait(3)
    assert not stage.delta(1, 2)
    assert len(stage.heard("s", TakeSnapshot)) == 1
    assert not stage.delta(1, 3)
    assert stage.snapshot(2)
    assert stage.delta(2, 1)
    assert stage.seen("a") == [(2, 0), (2, 1)]


def test_snapshots_are_asked_for_at_most_once_in_2_s():
    stage = showing()
    for n in range(20):
        stage.say("a", Resync())
        stage.snapshot(2 + n)
        stage.wait(0.5)
    assert len(stage.heard("s", TakeSnapshot)) in (4, 5)


def test_snapshot_that_does_not_come_is_asked_for_again():
    stage = Stage()
    stage.sharer()
    stage.viewer("a")
    stage.wait(31)
    assert len(stage.heard("s", TakeSnapshot)) == 4


def test_deltas_of_an_old_epoch_are_dropped_without_another_snapshot():
    stage = showing()
    stage.snapshot(2)
    stage.forget()
    stage.delta(1, 1)
    stage.snapshot(1)
    assert stage.delta(2, 1)
    stage.wait(5)
    assert stage.heard("s", TakeSnapshot) == []
    assert stage.seen("a") == [(2, 1)]


def test_repeated_delta_is_dropped():
    stage = showing()
    stage.delta(1, 1)
    assert not stage.delta(1, 1)
    assert stage.delta(1, 2)
    assert stage.seen("a") == [(1, 1), (1, 2)]


def test_with_nobody_to_see_it_nothing_is_looked_into():
    stage = Stage()
    stage.sharer()
    assert not stage.snapshot(1)
    stage.viewer("a")
    assert not stage.delta(1, 1)
    assert stage.seen("a") == []
    assert len(stage.heard("s", TakeSnapshot)) == 1


def test_late_viewer_gets_no_delta_before_a_snapshot():
    stage = showing()
    stage.viewer("b")
    stage.delta(1, 1)
    assert stage.seen("b") == []
    stage.snapshot(2)
    stage.delta(2, 1)
    assert stage.seen("b") == [(2, 0), (2, 1)]
    assert stage.seen("a") == [(1, 1), (2, 0), (2, 1)]


def test_2_mb_a_second_pass_and_more_does_not():
    stage = showing()
    mib = 1024 * 1024
    passed = 0
    for n in range(1, 41):
        passed += stage.snapshot(1 + n, size=4 * mib)
        stage.wait(1)
    assert 21 <= passed <= 25  # 16 MiB at once, then 80 MiB in 40 s
    assert stage.relay.recording.dropped["too_much"] == 40 - passed


def test_what_unpacks_to_too_much_again_and_again_is_dropped():
    stage = showing()
    for n in range(10):
        stage.snapshot(2 + n, unpacked=30 * 1024 * 1024)
    assert len(stage.seen("a")) == 2


def test_sharer_that_goes_on_above_the_limits_is_closed():
    stage = showing()
    for n in range(60):
        stage.snapshot(2 + n, size=8 * 1024 * 1024)
    assert stage.closed == {"s": "too_much"}


# --- the curtain ------------------------------------------------------------------------------


def test_nothing_passes_while_the_curtain_is_down():
    stage = showing()
    stage.say("s", Curtain(down=True, reason="page"))
    assert stage.relay.stage is What.CURTAINED
    assert not stage.delta(1, 1)
    assert not stage.snapshot(2)
    assert stage.heard("a") == [Curtain(down=True, reason="page")]


def test_after_the_curtain_the_page_snapshots_by_itself_or_is_asked():
    stage = showing()
    stage.say("s", Curtain(down=True, reason="page"))
    stage.wait(5)
    stage.say("s", Curtain(down=False))
    stage.wait(0.5)
    assert stage.heard("s", TakeSnapshot) == []
    stage.wait(1)
    assert len(stage.heard("s", TakeSnapshot)) == 1
    stage.delta(1, 1)
    assert stage.seen("a") == []
    stage.snapshot(2)
    assert stage.seen("a") == [(2, 0)]


def test_pause_of_the_conversation_is_a_curtain_too():
    stage = showing()
    stage.terms(CobrowseState(id="cb", by=Person(id="v", role="visitor"), state="paused",
                              pause="shopper"))  # fmt: skip
    assert not stage.delta(1, 1)
    assert stage.heard("a") == [Curtain(down=True, reason="shopper")]
    stage.wait(3)
    stage.terms(on())
    assert stage.heard("a") == [Curtain(down=False)]
    assert len(stage.heard("s", TakeSnapshot)) == 1


def test_pause_holds_over_a_page_that_says_its_curtain_is_up():
    stage = showing()
    stage.terms(CobrowseState(id="cb", by=Person(id="v", role="visitor"), state="paused"))
    stage.say("s", Curtain(down=False))
    assert stage.relay.stage is What.CURTAINED


def test_next_page_knows_the_curtain_that_was_down_and_tells_of_its_own():
    stage = showing()
    stage.say("s", Curtain(down=True, reason="shopper"))
    stage.sharer_gone()
    stage.sharer("s2")
    assert stage.heard("s2", Welcome)[0].curtain == Curtain(down=True, reason="shopper")
    assert stage.relay.stage is What.SHOWING


def test_nothing_passes_once_it_is_over():
    stage = showing()
    stage.terms(None)
    assert not stage.delta(1, 1)
    assert not stage.snapshot(2)


# --- pace -------------------------------------------------------------------------------------


def test_viewer_with_1_mb_unsent_misses_deltas_and_gets_a_snapshot_when_drained():
    stage = showing()
    stage.viewer("b")
    stage.snapshot(2)
    for viewer in "ab":
        stage.say(viewer, Shown(epoch=2, seq=0))
    stage.wait(3)
    stage.forget()
    stage.unsent("a", 1024 * 1024 + 200)
    stage.delta(2, 1)
    assert stage.seen("a") == []
    assert stage.seen("b") == [(2, 1)]
    assert stage.heard("s", TakeSnapshot) == []
    stage.unsent("a", 0)
    assert len(stage.heard("s", TakeSnapshot)) == 1
    stage.snapshot(3)
    assert stage.seen("a") == [(3, 0)]


def test_viewer_2_s_behind_with_acknowledgements_misses_deltas_until_they_come():
    stage = showing()
    stage.delta(1, 1)
    stage.wait(2.1)
    stage.delta(1, 2)
    assert stage.seen("a") == [(1, 1)]
    stage.say("a", Shown(epoch=1, seq=1))
    assert len(stage.heard("s", TakeSnapshot)) == 1
    stage.delta(1, 3)
    assert stage.seen("a") == []
    stage.snapshot(2)
    assert stage.seen("a") == [(2, 0)]


def test_viewer_who_acknowledges_is_never_behind():
    stage = showing()
    stage.say("a", Shown(epoch=1, seq=0))
    for seq in range(1, 50):
        stage.delta(1, seq)
        stage.wait(1)
        stage.say("a", Shown(epoch=1, seq=seq))
    assert len(stage.seen("a")) == 49


def test_silence_after_the_last_change_is_no_lag():
    stage = showing()
    stage.say("a", Shown(epoch=1, seq=0))
    stage.wait(600)
    assert stage.delta(1, 1)
    assert stage.seen("a") == [(1, 1)]


def test_lost_acknowledgement_does_not_keep_a_viewer_behind_for_good():
    stage = showing()
    stage.wait(2.1)
    stage.delta(1, 1)
    stage.forget()
    stage.wait(11)
    assert len(stage.heard("s", TakeSnapshot)) == 1
    assert stage.snapshot(2)
    assert stage.seen("a") == [(2, 0)]


def test_large_snapshot_on_a_slow_line_is_followed_by_its_deltas():
    stage = showing()
    stage.say("a", Shown(epoch=1, seq=0))
    size = 3 * 1024 * 1024
    stage.snapshot(2, size=size)
    stage.unsent("a", size)
    stage.wait(20)
    stage.unsent("a", size // 5)
    stage.delta(2, 1)
    assert stage.seen("a") == [(2, 0), (2, 1)]
    stage.unsent("a", 0)
    stage.say("a", Shown(epoch=2, seq=1))
    stage.wait(10)
    stage.delta(2, 2)
    assert stage.seen("a") == [(2, 2)]


def test_large_snapshot_leaves_1_mb_for_what_follows_and_no_more():
    stage = showing()
    size = 3 * 1024 * 1024
    stage.snapshot(2, size=size)
    stage.unsent("a", size + 1024 * 1024 + 1)
    stage.delta(2, 1)
    assert stage.seen("a") == [(2, 0)]


def test_snapshot_is_not_put_on_top_of_what_is_unsent():
    stage = showing()
    stage.unsent("a", 2 * 1024 * 1024)
    stage.say("a", Resync())
    stage.snapshot(2)
    assert stage.seen("a") == []


# --- marks ------------------------------------------------------------------------------------


def test_marks_go_to_the_sharer_and_the_others_with_their_viewer():
    stage = showing()
    stage.viewer("b")
    stage.forget()
    for mark in (Pointer(x=1, y=2), Stroke(stroke="1", points=[(0, 0)]), Highlight(node=3)):
        stage.say("a", mark)
        assert [one.viewer for one in stage.heard("s")] == ["a"]
        assert [one.viewer for one in stage.heard("b")] == ["a"]
        assert stage.heard("a") == []


def test_a_viewer_cannot_mark_in_anothers_name():
    stage = showing()
    stage.say("a", Pointer(x=1, y=2, viewer="b"))
    assert stage.heard("s") == [Pointer(x=1, y=2, viewer="a")]


def test_of_too_many_pointers_the_latest_arrives():
    stage = showing()
    for x in range(200):
        stage.say("a", Pointer(x=x, y=0))
    assert len(stage.heard("s")) == 40
    stage.wait(1)
    assert stage.heard("s") == [Pointer(x=199, y=0, viewer="a")]


def test_strokes_over_60_a_second_are_dropped():
    stage = showing()
    for _ in range(200):
        stage.say("a", Stroke(stroke="1", points=[(0, 0)]))
    assert len(stage.heard("s")) == 60


def test_marks_of_a_viewer_who_left_are_taken_away():
    stage = showing()
    stage.viewer("b")
    stage.viewer_gone("a")
    assert ClearMarks(viewer="a") in stage.heard("s")
    assert ClearMarks(viewer="a") in stage.heard("b")


def test_nothing_can_be_pointed_at_behind_the_curtain():
    stage = showing()
    stage.say("s", Curtain(down=True, reason="page"))
    stage.forget()
    stage.say("a", Highlight(node=1))
    stage.say("a", ClearMarks())
    assert stage.heard("s") == [ClearMarks(viewer="a")]


def test_what_is_not_for_a_side_to_say_is_ignored():
    stage = showing(granted("a"))
    for frame in (
        Curtain(down=True),
        PageShown(page=PAGE),
        Masked(),
        Operated(id="o", code="done"),
    ):
        stage.say("a", frame)
    for frame in (operate(), Pointer(x=1, y=1), Resync()):
        stage.say("s", frame)
    stage.say("nobody", operate())
    assert stage.got == {}


# --- operations -------------------------------------------------------------------------------


def test_granted_operation_goes_to_the_page_and_its_answer_back_and_to_the_audit():
    stage = showing(granted("a", ["fill"]))
    stage.viewer("b")
    stage.forget()
    stage.say("a", operate(op="fill", value="Helsinki"))
    (asked,) = stage.heard("s")
    assert isinstance(asked, Operate)
    assert (asked.viewer, asked.value, asked.node) == ("a", "Helsinki", 7)
    assert stage.notes == []
    stage.say("s", Operated(id="o", code="done"))
    assert stage.heard("a") == [Operated(id="o", code="done")]
    assert stage.heard("b") == []
    assert stage.notes == [("a", "fill", "done")]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (operate(grant="other"), "no_grant"),
        (operate(op="scroll"), "no_grant"),
        (operate(epoch=0), "stale"),
        (operate(epoch=2), "stale"),
        (operate(value="x"), "refused"),
        (operate(op="fill"), "refused"),
    ],
)
def test_operation_that_is_not_granted_is_answered_and_audited(frame, code):
    stage = showing(granted("a", ["click", "fill"]))
    stage.say("a", frame)
    assert stage.heard("s") == []
    assert stage.heard("a") == [Operated(id="o", code=code)]
    assert stage.notes == [("a", frame.op, code)]


def test_grant_is_its_agents_alone():
    stage = showing(granted("a"))
    stage.viewer("b")
    stage.forget()
    stage.say("b", operate())
    assert stage.heard("b") == [Operated(id="o", code="no_grant")]
    assert stage.heard("s") == []


def test_grant_ends_by_the_servers_clock():
    stage = showing(granted("a", seconds=10))
    stage.wait(9.9)
    stage.say("a", operate("1"))
    stage.wait(0.1)
    stage.say("a", operate("2"))
    assert [one.id for one in stage.heard("s", Operate)] == ["1"]


def test_grant_that_was_taken_back_is_over_at_once():
    stage = showing(granted("a"))
    stage.terms(on())
    stage.say("a", operate())
    assert stage.heard("a", Operated) == [Operated(id="o", code="no_grant")]


def test_nothing_is_operated_behind_the_curtain():
    stage = showing(granted("a"))
    stage.say("s", Curtain(down=True, reason="page"))
    stage.forget()
    stage.say("a", operate())
    assert stage.heard("s") == []
    assert stage.heard("a") == [Operated(id="o", code="refused")]


def test_without_the_sharer_an_operation_comes_too_late():
    stage = showing(granted("a"))
    stage.say("a", operate("1"))
    stage.sharer_gone()
    assert Operated(id="1", code="too_late") in stage.heard("a")
    stage.say("a", operate("2"))
    assert stage.heard("a", Operated) == [Operated(id="2", code="too_late")]
    assert stage.notes == [("a", "click", "too_late")] * 2


def test_operation_that_the_page_does_not_answer_is_given_up():
    stage = showing(granted("a"))
    stage.say("a", operate())
    stage.wait(11)
    assert stage.heard("a", Operated) == [Operated(id="o", code="too_late")]
    stage.say("s", Operated(id="o", code="done"))
    assert stage.heard("a", Operated) == []


def test_operations_over_20_a_second_are_answered_and_not_audited():
    stage = showing(granted("a"))
    for n in range(50):
        stage.say("a", operate(str(n)))
    assert len(stage.heard("s", Operate)) == 20
    assert [one.code for one in stage.heard("a", Operated)] == ["rate_limited"] * 30
    assert stage.notes == []


def test_operation_sent_twice_is_done_once():
    stage = showing(granted("a"))
    stage.say("a", operate())
    stage.say("a", operate())
    assert len(stage.heard("s", Operate)) == 1


def test_what_waits_for_an_answer_is_bounded():
    stage = showing(granted("a"))
    for n in range(200):
        stage.say("a", operate(str(n)))
        stage.wait(0.05)
    assert len(stage.heard("s", Operate)) == 64


def test_answer_for_a_viewer_who_left_is_audited_all_the_same():
    stage = showing(granted("a"))
    stage.say("a", operate())
    stage.viewer_gone("a")
    stage.say("s", Operated(id="o", code="done"))
    assert stage.notes == [("a", "click", "done")]
