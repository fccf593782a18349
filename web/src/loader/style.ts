/**
 * The look of the launcher and the panel on the shop's page, in a shadow root that the shop's
 * CSS cannot reach. All of it is fixed, so nothing in the shop moves (CLS 0). The launcher has a
 * white and a dark ring, so that it stands out on any page by 3:1.
 */
/** Where the panel fills the screen. */
export const PHONE = '(max-width:480px),(max-height:480px)';

export const style = (color: string, ink: string): string =>
  `button,iframe{position:fixed;z-index:2147483647;right:20px;bottom:20px;border:0}button{width:56px;height:56px;border-radius:50%;cursor:pointer;background:${color};color:${ink};box-shadow:0 0 0 2px #fff,0 0 0 3px #555}button:focus-visible{outline:3px solid #06c;outline-offset:4px}svg{width:26px;fill:none;stroke:currentColor;stroke-width:2}b{position:absolute;top:-6px;right:-6px;padding:0 7px;border-radius:11px;background:#b12;color:#fff;font:600 13px/22px system-ui}b:empty{display:none}iframe{bottom:88px;width:400px;height:min(680px,100vh - 108px);border-radius:16px;background:Canvas;box-shadow:0 12px 40px #0006;visibility:hidden}.true iframe{visibility:visible}@media${PHONE}{iframe{inset:var(--y,0) 0 auto;width:100%;height:var(--h,100dvh);border-radius:0}.true button{visibility:hidden}}@media print{:host{display:none}}`;
