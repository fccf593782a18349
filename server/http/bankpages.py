"""The pages around the bank: waiting, going there, and back. Small, whole, in three languages.

They have no script but one that closes the window, and load nothing. What they may do is said
by hash (Content Security Policy Level 3); none is kept, framed, or named in a Referer.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import Final, Literal

from aiohttp import web

from server.domain.text import LANGS, known_lang

__all__ = ["Said", "accepted", "page"]

Said = Literal[
    "opening", "verified", "cancelled", "refused", "expired", "unavailable", "invalid", "late",
    "used", "wrong_browser", "unknown", "back",
]  # fmt: skip

#: A heading, and what to do next.
_WORDS: Final[dict[str, dict[Said, tuple[str, str]]]] = {
    "fi": {
        "opening": ("Avataan pankkia…", "Odota hetki."),
        "verified": (
            "Tunnistautuminen onnistui",
            "Voit sulkea tämän ikkunan ja jatkaa keskustelua.",
        ),
        "cancelled": (
            "Keskeytit tunnistautumisen",
            "Voit sulkea tämän ikkunan. Keskustelu jatkuu.",
        ),
        "refused": (
            "Pankki ei tunnistanut sinua",
            "Sulje tämä ikkuna ja yritä keskustelussa uudelleen, tai valitse toinen tapa.",
        ),
        "expired": (
            "Aika loppui",
            "Sulje tämä ikkuna ja yritä keskustelussa uudelleen.",
        ),
        "unavailable": (
            "Pankkiin ei saada yhteyttä",
            "Sulje tämä ikkuna ja yritä hetken kuluttua uudelleen, tai valitse toinen tapa.",
        ),
        "invalid": (
            "Tunnistautumista ei voitu vahvistaa",
            "Mitään ei välitetty eteenpäin. Sulje tämä ikkuna ja yritä keskustelussa uudelleen.",
        ),
        "late": (
            "Tätä tunnistautumista ei enää odoteta",
            "Se peruttiin tai aloitettiin uudelleen. Sulje tämä ikkuna ja palaa keskusteluun.",
        ),
        "used": ("Tämä on jo käsitelty", "Voit sulkea tämän ikkunan."),
        "wrong_browser": (
            "Tunnistautuminen aloitettiin toisessa selaimessa",
            "Palaa siihen selaimeen ja jatka siellä. Mitään ei välitetty eteenpäin.",
        ),
        "unknown": (
            "Tämä linkki ei toimi",
            "Palaa keskusteluun ja aloita tunnistautuminen sieltä.",
        ),
        "back": ("Palaa kauppaan", "Siirry selaimessa takaisin kaupan sivulle."),
    },
    "sv": {
        "opening": ("Banken öppnas…", "Vänta ett ögonblick."),
        "verified": (
            "Identifieringen lyckades",
            "Du kan stänga det här fönstret och fortsätta samtalet.",
        ),
        "cancelled": (
            "Du avbröt identifieringen",
            "Du kan stänga det här fönstret. Samtalet fortsätter.",
        ),
        "refused": (
            "Banken identifierade dig inte",
            "Stäng det här fönstret och försök igen i chatten, eller välj ett annat sätt.",
        ),
        "expired": ("Tiden tog slut", "Stäng det här fönstret och försök igen i chatten."),
        "unavailable": (
            "Banken svarar inte",
            "Stäng det här fönstret och försök igen om en stund, eller välj ett annat sätt.",
        ),
        "invalid": (
            "Identifieringen kunde inte bekräftas",
            "Ingenting skickades vidare. Stäng det här fönstret och försök igen i chatten.",
        ),
        "late": (
            "Ingen väntar längre på den här identifieringen",
            "Den togs tillbaka eller började om. Stäng fönstret och återgå till chatten.",
        ),
        "used": ("Det här är redan klart", "Du kan stänga det här fönstret."),
        "wrong_browser": (
            "Identifieringen började i en annan webbläsare",
            "Gå tillbaka till den och fortsätt där. Ingenting skickades vidare.",
        ),
        "unknown": (
            "Länken fungerar inte",
            "Gå tillbaka till chatten och börja identifieringen där.",
        ),
        "back": ("Gå tillbaka till butiken", "Byt till butikens sida i webbläsaren."),
    },
    "en": {
        "opening": ("Opening the bank…", "Wait a moment."),
        "verified": (
            "You have proven who you are",
            "You can close this window and go on with the chat.",
        ),
        "cancelled": ("You cancelled", "You can close this window. The chat goes on."),
        "refused": (
            "The bank did not identify you",
            "Close this window and try again in the chat, or choose another way.",
        ),
        "expired": ("Time ran out", "Close this window and try again in the chat."),
        "unavailable": (
            "The bank does not answer",
            "Close this window and try again in a while, or choose another way.",
        ),
        "invalid": (
            "The identification could not be confirmed",
            "Nothing was passed on. Close this window and try again in the chat.",
        ),
        "late": (
            "Nobody waits for this identification any more",
            "It was taken back or begun anew. Close this window and go back to the chat.",
        ),
        "used": ("This has been done already", "You can close this window."),
        "wrong_browser": (
            "This was begun in another browser",
            "Go back to that browser and go on there. Nothing was passed on.",
        ),
        "unknown": (
            "This link does not work",
            "Go back to the chat and start the identification there.",
        ),
        "back": ("Go back to the shop", "Switch to the shop's page in your browser."),
    },
}
_GO_ON: Final = {"fi": "Jatka pankkiin", "sv": "Fortsätt till banken", "en": "Go on to the bank"}

_STYLE: Final = """
:root{color-scheme:light dark;--surface:oklch(1 0 0);--text:oklch(.23 .02 265);
--text-2:oklch(.41 .02 265);--accent:oklch(.5 .2 268);--on-accent:oklch(1 0 0);
--focus:oklch(.55 .18 255)}
@media (prefers-color-scheme:dark){:root{--surface:oklch(.2 .014 265);
--text:oklch(.95 .005 265);--text-2:oklch(.82 .012 265);--accent:oklch(.72 .13 268);
--on-accent:oklch(.2 .014 265);--focus:oklch(.78 .115 250)}}
body{margin:0;min-height:100vh;min-height:100dvh;display:grid;place-items:center;
background:var(--surface);color:var(--text);
font:400 16px/24px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{box-sizing:border-box;width:100%;max-width:480px;padding:24px 20px;text-align:center;
overflow-wrap:anywhere}
h1{margin:0 0 8px;font-size:22px;line-height:28px;font-weight:600}
p{margin:0;color:var(--text-2)}
a{display:inline-block;margin-top:24px;padding:10px 20px;min-height:24px;border-radius:8px;
background:var(--accent);color:var(--on-accent);font-weight:600;text-decoration:none}
a:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
"""
#: Long enough to read the heading; where a browser does not let the window close, it stays.
_CLOSE: Final = "setTimeout(()=>close(),1500)"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        f"style-src {_hash(_STYLE)}",
        f"script-src {_hash(_CLOSE)}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_STATUS: Final[dict[Said, int]] = {"wrong_browser": 403, "unknown": 404, "used": 410, "late": 410}


def accepted(request: web.Request) -> str:
    """Return the first language of ours that the browser names."""
    header = request.headers.get("Accept-Language", "")
    for part in header.split(",")[:20]:
        first = part.partition(";")[0].strip().partition("-")[0].lower()
        if first in LANGS:
            return first
    return "en"


def page(
    said: Said, lang: str, *, address: str | None = None, closes: bool = False
) -> web.Response:
    """Return a page; with `address` it goes on there, by itself or by its link.

    By itself without a redirect: a browser that holds a form to its own site by `form-action`
    holds the redirects after it too (CSP Level 3, section 6.4.2). `closes`: it closes itself.
    """
    lang = known_lang(lang)
    heading, text = _WORDS[lang][said]
    refresh = link = script = ""
    if address is not None:
        target = escape(address, quote=True)
        refresh = f'<meta http-equiv="refresh" content="0; url={target}">'
        link = f'<a href="{target}" rel="noreferrer">{escape(_GO_ON[lang])}</a>'
    if closes:
        script = f"<script>{_CLOSE}</script>"
    html = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{refresh}<title>{escape(heading)}</title><style>{_STYLE}</style></head>"
        f'<body><main><h1 role="status">{escape(heading)}</h1><p>{escape(text)}</p>{link}</main>'
        f"{script}</body></html>"
    )
    return web.Response(
        status=_STATUS.get(said, 200),
        text=html,
        content_type="text/html",
        charset="utf-8",
        headers=_HEADERS,
    )
