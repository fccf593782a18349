"""An expert by link in a call: private consult first, then with everybody, within their scope."""

from __future__ import annotations

import pytest

from tests.browser import NewContext
from tests.e2e.calls import CallSite

pytestmark = pytest.mark.e2e


async def test_consulting_expert_and_visitor_do_not_hear_each_other(
    call_site: CallSite, new_context: NewContext
) -> None:
    agent, visitor = await call_site.pair(new_context)
    expert = await call_site.expert(await new_context(), "hear", "see", "speak", admitted=False)
    await expert.join("audio", "video")
    await agent.hears(expert)
    await expert.hears(agent)
    await visitor.page.get_by_text("One moment: they are talking with an expert.").wait_for()
    heard = {key.split(":")[0] for key in await expert.figures()}
    assert heard == {await agent.id}
    assert await visitor.figures() == {}


async def test_expert_without_speak_joins_to_listen_and_asks_for_no_device(
    call_site: CallSite, new_context: NewContext
) -> None:
    agent, _visitor = await call_site.pair(new_context)
    expert = await call_site.expert(await new_context(), "hear", "see")
    await expert.press("Join to listen")
    await expert.hears(agent)
    await expert.sees(agent)
    assert await expert.page.evaluate("call.capture.tracks.value.size") == 0
    assert await expert.page.get_by_role("button", name="Unmute microphone").count() == 0
