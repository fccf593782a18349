"""The newest of what the sharer told about the page, for viewers who come later. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import msgspec

from signaling.cobrowse import frames
from signaling.events import CobrowseState, Page

__all__ = ["Scene"]


class Scene:
    """The page that is shown, the curtain before it, and how much of it is masked."""

    __slots__ = ("_lowered", "masked", "page", "state")

    def __init__(self, state: CobrowseState) -> None:
        self.state: CobrowseState | None = state  # what holds; None: it is over
        self.page: frames.PageShown | None = None
        self.masked: frames.Masked | None = None
        self._lowered: frames.Curtain | None = None

    @property
    def curtain(self) -> frames.Curtain | None:
        """The curtain that viewers are told of: the page's own, or that of a pause."""
        if self._lowered is not None and self._lowered.down:
            return self._lowered
        if self.state is not None and self.state.state == "paused":
            return frames.Curtain(down=True, reason=self.state.pause)
        return self._lowered

    @property
    def down(self) -> bool:
        """Whether nothing is shown."""
        curtain = self.curtain
        return curtain is not None and curtain.down

    def newest(self) -> list[frames.ServerFrame]:
        """Return all that is known."""
        kept = self.page, self.curtain, self.masked
        return [frame for frame in kept if frame is not None]

    def begin(self, page: Page | None) -> None:
        """Expect another browser window, with `page` in it if that is known.

        It tells of its own curtain before it shows anything.
        """
        self._lowered = self.masked = None
        if page is not None:
            self.page = frames.PageShown(page=_stripped(page))

    def turn(self, frame: frames.PageShown) -> bool:
        """Take the page that is shown; tell whether it is another one."""
        before = self.page
        self.page = msgspec.structs.replace(frame, page=_stripped(frame.page))
        return before is None or before.page.url != self.page.page.url

    def draw(self, curtain: frames.Curtain) -> None:
        """Take the page's curtain, up or down."""
        self._lowered = curtain


def _stripped(page: Page) -> Page:
    """Return `page` without what may be secret in its address, whatever the browser sent."""
    try:
        parts = urlsplit(page.url)
    except ValueError:
        parts = urlsplit("")
    web = parts.scheme in ("http", "https")
    host = parts.netloc.rpartition("@")[2]
    url = urlunsplit((parts.scheme, host, parts.path, "", "")) if web else ""
    return msgspec.structs.replace(page, url=url)
