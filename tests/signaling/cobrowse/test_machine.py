"""Whatever happens in whatever order, the relay keeps its promises."""

from itertools import pairwise

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from signaling.cobrowse import frames
from signaling.cobrowse.frames import Curtain, Operate, Operated, Resync, Shown, TakeSnapshot
from signaling.events import CobrowseState, Person
from tests.signaling.cobrowse.stage import WALL, Stage, granted, on, operate, person

SHARERS = st.sampled_from(["s1", "s2"])
VIEWERS = st.sampled_from(["a", "b", "c", "d"])
PAUSED = CobrowseState(id="cb", by=Person(id="v", role="visitor"), state="paused", pause="shopper")


class Watched(Stage):
    """A stage that looks at every effect as it happens."""

    def __init__(self) -> None:
        super().__init__()
        self.place: dict[str, tuple[int, int]] = {}  # what each viewer has, a position
        self.curtained = False  # as this test understands it
        self.paused = False
        self.state = on()
        self.asked_at: list[float] = []

    def _do(self, effects) -> None:
        self.got.clear()
        super()._do(effects)
        for id_, frames_ in self.got.items():
            for frame in frames_:
                self._look(id_, frame)

    def _look(self, id_: str, frame) -> None:
        match frame:
            case (epoch, seq):
                assert not self.curtained, "a picture came through the curtain"
                assert not self.paused, "a picture came through the pause"
                assert id_ in self.relay.viewers, "a picture for somebody who is gone"
                before = self.place.get(id_)
                if seq:
                    assert before == (epoch, seq - 1), "a delta that continues nothing"
                else:
                    assert before is None or epoch > before[0], "an epoch that is not new"
                self.place[id_] = (epoch, seq)
            case Operate():
                grant = self.state.grant
                assert id_ == self.relay.sharer
                assert grant is not None
                assert frame.grant == grant.id
                assert frame.op in grant.caps
                assert (WALL + self.now) * 1000 < grant.until, "the grant is over"
                assert self.relay.viewers[frame.viewer].person.id == grant.agent.id
                assert not self.curtained
                assert not self.paused
            case TakeSnapshot():
                assert id_ == self.relay.sharer
                self.asked_at.append(self.now)


class RelayMachine(RuleBasedStateMachine):
    """A sharer who comes and goes, viewers who do, and all that they send."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Watched()
        self.epoch = 1
        self.seq = 0
        self.ops = 0
        # From the midst of things, where the most can go wrong.
        self.stage.sharer("s1")
        for name in "abc":
            self.stage.viewer(name)
        self.stage.snapshot(1, by="s1")
        self.stage.state = granted("a", ["click", "fill"])
        self.stage.terms(self.stage.state)

    @rule(id_=SHARERS)
    def sharer_comes(self, id_):
        if self.stage.relay.sharer != id_:
            self.stage.curtained = False
            self.stage.asked_at.clear()
            self.stage.sharer(id_)

    @rule(id_=SHARERS)
    def sharer_goes(self, id_):
        self.stage.sharer_gone(id_)

    @rule(name=VIEWERS, greeted=st.booleans())
    def viewer_comes(self, name, greeted):
        self.stage.viewer(name, greeted=greeted)

    @rule(name=VIEWERS)
    def viewer_goes(self, name):
        self.stage.viewer_gone(name)
        self.stage.place.pop(name, None)

    @rule(name=VIEWERS)
    def viewer_reloads(self, name):
        self.viewer_goes(name)
        self.viewer_comes(name, greeted=False)

    @rule(skip=st.sampled_from([0, 0, 0, 0, 1]), size=st.sampled_from([100, 100, 10**6]))
    def sharer_sends_a_delta(self, skip, size):
        self.seq += 1 + skip
        self.stage.delta(self.epoch, self.seq, size=size, by=self.stage.relay.sharer or "s1")

    @rule(back=st.sampled_from([0, 0, 0, 1, 2]), size=st.sampled_from([100, 8 * 2**20]))
    def sharer_sends_a_snapshot(self, back, size):
        self.epoch, self.seq = max(0, self.epoch + 1 - back), 0
        self.stage.snapshot(self.epoch, size=size, by=self.stage.relay.sharer or "s1")

    @precondition(lambda self: self.stage.relay.sharer is not None)
    @rule(down=st.booleans())
    def curtain(self, down):
        self.stage.curtained = down
        self.stage.say(self.stage.relay.sharer, Curtain(down=down, reason="page"))

    @rule(state=st.sampled_from(["on", "paused", "grant a", "grant b", "short"]))
    def terms(self, state):
        states = {
            "on": on(),
            "paused": PAUSED,
            "grant a": granted("a", ["click", "fill"]),
            "grant b": granted("b", ["scroll"]),
            "short": granted("a", ["click"], seconds=self.stage.now + 1),
        }
        self.stage.state = states[state]
        self.stage.paused = state == "paused"
        self.stage.terms(states[state])

    @rule(name=VIEWERS, op=st.sampled_from(["click", "fill", "scroll"]))
    def operate(self, name, op):
        self.ops += 1
        value = "x" if op == "fill" else None
        epoch = self.stage.relay.recording.epoch
        frame = operate(str(self.ops), epoch=epoch, op=op, value=value)
        self.stage.say(name, frame)

    @rule(id_=st.integers(1, 30))
    def sharer_answers(self, id_):
        if self.stage.relay.sharer is not None:
            self.stage.say(self.stage.relay.sharer, Operated(id=str(id_), code="done"))

    @rule(name=VIEWERS)
    def viewer_acknowledges(self, name):
        epoch, seq = self.stage.place.get(name, (0, 0))
        self.stage.say(name, Shown(epoch=epoch, seq=seq))

    @rule(name=VIEWERS)
    def viewer_resyncs(self, name):
        self.stage.say(name, Resync())

    @rule(name=VIEWERS, size=st.sampled_from([0, 1000, 2 * 2**20]))
    def viewer_is_slow(self, name, size):
        self.stage.unsent(name, size)

    @rule(name=VIEWERS)
    def viewer_points(self, name):
        self.stage.say(name, frames.Pointer(x=1, y=1))

    @rule(seconds=st.sampled_from([0.01, 0.5, 2.5, 12.0]))
    def time_passes(self, seconds):
        self.stage.wait(seconds)

    @invariant()
    def never_more_than_three_viewers_each_with_a_colour(self):
        colours = [one.colour for one in self.stage.relay.public()]
        assert len(colours) <= 3
        assert len(set(colours)) == len(colours)
        assert set(colours) <= {0, 1, 2}

    @invariant()
    def snapshots_are_not_asked_for_too_often(self):
        for before, after in pairwise(self.stage.asked_at):
            assert after - before > 1.999

    @invariant()
    def no_sharer_was_closed_but_for_another_or_a_flood(self):
        assert set(self.stage.closed.values()) <= {"superseded", "full", "too_much"}
        assert person("a").name == "A"


TestRelay = RelayMachine.TestCase
TestRelay.settings = settings(
    max_examples=50,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
