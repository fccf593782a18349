/** The icons of showing the page, drawn like those of `ui/icons.tsx`; they come with this part. */
import { icon } from '@/ui/icons.tsx';

export const EyeIcon = /* @__PURE__ */ icon(
  'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z',
);
export const EyeOffIcon = /* @__PURE__ */ icon(
  'M9.6 5.8A9.6 9.6 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-2.6 3.3M6.2 7.4A15.6 15.6 0 0 0 2.5 12S6 18.5 12 18.5c1.6 0 3-.4 4.2-1.1M10 10a2.9 2.9 0 0 0 4 4M3.5 3.5l17 17',
);
export const HandIcon = /* @__PURE__ */ icon(
  'M8 12.5V6a1.4 1.4 0 0 1 2.8 0v5M10.8 10.5V4.6a1.4 1.4 0 0 1 2.8 0v6M13.6 10.5V5.8a1.4 1.4 0 0 1 2.8 0v6.7M16.4 11.5V9a1.4 1.4 0 0 1 2.8 0v5.5a6 6 0 0 1-6 6h-1.4a5 5 0 0 1-4-2l-3.9-5.2a1.5 1.5 0 0 1 2.3-1.9l1.8 1.9',
);
export const PauseIcon = /* @__PURE__ */ icon('M8.5 5.5v13M15.5 5.5v13');
export const PlayIcon = /* @__PURE__ */ icon('M8 5.5v13l10.5-6.5z');
export const StopIcon = /* @__PURE__ */ icon(
  'M7 6h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1z',
);
