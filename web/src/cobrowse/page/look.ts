/**
 * The look of what we put on the shop's page; the values are those of `ui/tokens.css`, which the
 * shop's page does not load. It follows the system's light or dark, as the chat does.
 *
 * The bar stands at the bottom, left of the chat's launcher (96 px are kept for that): shops have
 * what is pressed most, the cart and the menu, at the top. The chat's panel lies above all of it.
 */

/** Of the viewers, by `Viewer.colour`; white text on each has 4.5:1 or more. */
export const COLOURS = ['#3b4cca', '#b3246b', '#0b6b58'] as const;

const LIGHT =
  '--surface:#fff;--over:oklch(.945 .007 265);--text:oklch(.23 .02 265);--text-2:oklch(.41 .02 265);--edge:oklch(.61 .015 265);--accent:oklch(.5 .2 268);--on-accent:#fff;--danger:oklch(.5 .19 27);--danger-over:oklch(.45 .18 27);--on-danger:#fff;--focus:oklch(.55 .18 255);--shadow:0 1px 2px oklch(.2 .02 265/.16),0 8px 28px oklch(.2 .02 265/.28)';
const DARK =
  '--surface:oklch(.2 .014 265);--over:oklch(.295 .016 265);--text:oklch(.95 .005 265);--text-2:oklch(.82 .012 265);--edge:oklch(.59 .02 265);--accent:oklch(.72 .13 268);--on-accent:oklch(.18 .03 268);--danger:oklch(.74 .14 25);--danger-over:oklch(.79 .12 25);--on-danger:oklch(.18 .03 268);--focus:oklch(.78 .115 250);--shadow:0 0 0 1px oklch(.59 .02 265)';

export const CSS = `
:host{all:initial!important;position:fixed!important;inset:0 auto auto 0!important;z-index:2147483646!important;display:block!important;width:0!important;height:0!important;overflow:visible!important;color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:host{${DARK}}}
*{box-sizing:border-box;margin:0}
[hidden]{display:none!important}
canvas,.rim{position:fixed;inset:0;width:100%;height:100%;pointer-events:none}
.rim{border:3px solid var(--accent);opacity:.85}
.bar{position:fixed;left:max(16px,env(safe-area-inset-left));bottom:calc(16px + var(--covered,0px) + env(safe-area-inset-bottom));max-width:min(820px,100vw - 112px);display:flex;align-items:center;gap:8px 16px;padding:8px 8px 8px 12px;border-radius:16px;background:var(--surface);color:var(--text);box-shadow:var(--shadow);font:400 14px/20px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;text-align:start;-webkit-text-size-adjust:100%}
.bar.top{top:calc(16px + env(safe-area-inset-top));bottom:auto}
.sign{display:grid;flex:none;place-items:center;width:32px;height:32px;border-radius:50%;background:var(--accent);color:var(--on-accent)}
svg{display:block;width:20px;height:20px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.text{flex:1 1 auto;min-width:0;overflow-wrap:anywhere}
.text p{font-weight:600}
.text p:not([hidden])+p{color:var(--text-2);font-weight:400;font-size:13px}
.who i{display:inline-block;width:10px;height:10px;margin-inline-end:4px;border-radius:50%;box-shadow:0 0 0 1.5px #fff}
.time{display:inline-block;min-width:5ch;font-variant-numeric:tabular-nums}
.acts{display:flex;flex:none;align-items:center;gap:8px}
button{display:inline-flex;align-items:center;justify-content:center;gap:8px;min-width:44px;min-height:44px;padding:0 12px;border:0;border-radius:12px;background:none;color:inherit;font:inherit;font-weight:500;cursor:pointer;white-space:nowrap;-webkit-tap-highlight-color:transparent;transition:background-color .12s}
button:hover,button[aria-pressed=true]{background:var(--over)}
button:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
.plain{padding:0 10px;color:var(--text-2)}
.line{box-shadow:inset 0 0 0 1px var(--edge)}
.stop{background:var(--danger);color:var(--on-danger);font-weight:600}
.stop:hover{background:var(--danger-over)}
kbd{padding:0 5px;border-radius:4px;box-shadow:inset 0 0 0 1px currentColor;font:500 12px/18px system-ui,sans-serif;opacity:.85}
.told{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (hover:none){kbd{display:none}}
@media (max-width:760px){.bar:has(.stop:not([hidden])) .preview span{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}.preview kbd{display:none}}
@media (max-width:560px){.bar{left:12px;bottom:calc(12px + var(--covered,0px) + env(safe-area-inset-bottom));width:calc(100vw - 100px);flex-wrap:wrap;gap:8px 4px;padding:10px}.sign{display:none}.text{flex:1 0 100%}.acts{gap:4px}.acts.do{flex:1 1 auto}.do button{flex:1 1 auto;padding:0 8px}}
@media (prefers-reduced-motion:reduce){button{transition:none}}
@media (forced-colors:active){.bar,button{border:1px solid ButtonText}}
@media print{:host{display:none!important}}
`;
