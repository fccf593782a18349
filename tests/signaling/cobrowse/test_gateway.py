"""`/ws/cobrowse` over real sockets."""

from signaling.cobrowse import frames
from tests.signaling.cobrowse.fakes import delta, snapshot


async def test_viewer_sees_what_the_sharer_records(node):
    async with node.sharer() as sharer, node.viewer() as viewer:
        assert viewer.welcome.sharing
        await sharer.hear(frames.TakeSnapshot)
        await sharer.show(snapshot(1, packed=True))
        await sharer.show(delta(1, 1))
        first, _ = await viewer.see()
        second, payload = await viewer.see()
        assert (first.epoch, first.seq, second.epoch, second.seq) == (1, 0, 1, 1)
        assert payload == delta(1, 1)[frames.HEADER :]
        assert second.at >= first.at > 1_600_000_000_000
