"""How fast the mirror is: a join with 5,000 elements, and 1,000 changes a second.

The figures are printed; the limits here are wide enough for a machine that does other things.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.browser import NewContext
from tests.cobrowse.mirror import RECORDER, Mirror

pytestmark = pytest.mark.e2e

OpenMirror = Callable[[], Awaitable[Mirror]]

_SHOP = """() => {
  const rows = Array.from({ length: 1250 }, (_, n) =>
    `<div class="row r${n % 40}"><img alt=""><p>Product ${n}</p><button>Buy</button></div>`);
  const rules = Array.from({ length: 1500 }, (_, n) =>
    `.r${n}:hover > p, .x${n} .y { color: rgb(1, 2, ${n % 255}); padding: ${n % 9}px }`);
  document.head.innerHTML = `<style>${rules.join('')}</style>`;
  document.body.innerHTML = rows.join('');
}"""

_JOIN = """async () => {
  // Records as the sharer does, and feeds the player.
  window.events = [];
  const frame = document.getElementById('shop');
  frame.contentWindow.rrwebRecord.record({ emit: (event) => events.push(event) });
  await harness.send(1, 1, 0, events.splice(0), true);
}"""

_CHANGE = """async ([changes, seconds]) => {
  const cells = [...document.getElementById('shop').contentDocument.querySelectorAll('p')];
  let seq = 0;
  let made = 0;
  const batch = setInterval(() => {
    if (events.length > 0) {
      seq += 1;
      void harness.send(2, 1, seq, events.splice(0));
    }
  }, 50);
  const begun = performance.now();
  await new Promise((done) => {
    const tick = setInterval(() => {
      const due = Math.min(changes * seconds, ((performance.now() - begun) / 1000) * changes);
      for (; made < due; made += 1) {
        cells[made % cells.length].textContent = String(performance.timeOrigin + performance.now());
      }
      if (made >= changes * seconds) {
        clearInterval(tick);
        setTimeout(done, 200);
      }
    }, 4);
  });
  clearInterval(batch);
  return { made, seq };
}"""

_WATCH = """() => {
  window.late = [];
  const page = document.querySelector('.page:not(.coming) iframe').contentDocument;
  new MutationObserver((records) => {
    const stamps = records.map(({ target }) => Number(target.textContent)).filter(Boolean);
    requestAnimationFrame(() => {
      const now = performance.timeOrigin + performance.now();
      window.late.push(...stamps.map((stamp) => now - stamp));
    });
  }).observe(page, { childList: true, characterData: true, subtree: true });
}"""


def _percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


async def _shop(mirror: Mirror) -> None:
    await mirror.page.evaluate(
        """() => new Promise((done) => {
          const frame = document.createElement('iframe');
          frame.id = 'shop';
          frame.style.cssText = 'width:800px;height:500px';
          document.body.append(frame);
          done();
        })"""
    )
    shop = next(f for f in mirror.page.frames if f.parent_frame and f.url == "about:blank")
    await shop.evaluate(RECORDER.read_text())
    await shop.evaluate(_SHOP)


async def test_a_page_of_5000_elements_is_rebuilt_at_once(
    open_player: OpenMirror, new_context: NewContext, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = await (await new_context(permissions=[])).new_page()
    await shop.goto("about:blank")
    await shop.add_script_tag(path=RECORDER)
    await shop.evaluate(_SHOP)
    events: list[Any] = await shop.evaluate(
        "() => { const all = []; rrwebRecord.record({ emit: (e) => all.push(e) }); return all }"
    )
    took = []
    for _ in range(3):
        mirror = await open_player()
        sent = await mirror.page.evaluate("events => harness.send(1, 1, 0, events, true)", events)
        [ack] = await mirror.heard("shown")
        took.append(ack["at"] - sent)
    with capsys.disabled():
        print(f"\nrebuilt in {[round(ms) for ms in took]} ms")
    assert min(took) < 500


async def test_1000_changes_a_second_are_shown_at_once(
    open_player: OpenMirror, capsys: pytest.CaptureFixture[str]
) -> None:
    mirror = await open_player()
    await _shop(mirror)
    await mirror.page.evaluate(_JOIN)
    await mirror.heard("shown")
    await mirror.frame.evaluate(_WATCH)
    made = await mirror.page.evaluate(_CHANGE, [1000, 5])
    mirror.epoch, mirror.seq = 1, made["seq"]
    await mirror.shown()
    late: list[float] = await mirror.frame.evaluate("() => window.late")
    with capsys.disabled():
        print(f"\n{made}: p50 {_percentile(late, 0.5):.0f}, p95 {_percentile(late, 0.95):.0f} ms")
    assert len(late) >= made["made"] * 0.9
    assert _percentile(late, 0.95) < 200
