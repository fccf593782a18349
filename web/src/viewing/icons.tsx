/** The icons that only the view of a shopper's page has. */
import { icon } from '@/ui/icons.tsx';

export const LookIcon = /* @__PURE__ */ icon(
  'M2.5 12c2.2-4 5.5-6 9.5-6s7.3 2 9.5 6c-2.2 4-5.5 6-9.5 6s-7.3-2-9.5-6zM12 9.3a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.4z',
);
export const LaserIcon = /* @__PURE__ */ icon(
  'M12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5zM12 3v2.5M12 18.5V21M3 12h2.5M18.5 12H21M5.6 5.6l1.8 1.8M16.6 16.6l1.8 1.8M5.6 18.4l1.8-1.8M16.6 7.4l1.8-1.8',
);
export const PenIcon = /* @__PURE__ */ icon(
  'M4 20l1-4.5L16.2 4.3a1.8 1.8 0 0 1 2.5 0l1 1a1.8 1.8 0 0 1 0 2.5L8.5 19zM14 6.5l3.5 3.5',
);
export const FrameIcon = /* @__PURE__ */ icon(
  'M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M8.5 10h7v4h-7z',
);
export const ControlIcon = /* @__PURE__ */ icon('M6 3.5l12.5 9-5.8 1-2.9 5.5zM13.2 14.2l3.3 5.3');
export const WipeIcon = /* @__PURE__ */ icon(
  'M9.5 19.5L4 14a1.4 1.4 0 0 1 0-2l8-8a1.4 1.4 0 0 1 2 0l6 6a1.4 1.4 0 0 1 0 2l-7.5 7.5zM8 8l8 8M9.5 19.5H20',
);
export const FollowIcon = /* @__PURE__ */ icon('M12 3.5v17M8 7.5l4-4 4 4M8 16.5l4 4 4-4');
export const LargerIcon = /* @__PURE__ */ icon('M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7');
export const SmallerIcon = /* @__PURE__ */ icon('M19 11h-6V5M13 11l7-7M5 13h6v6M11 13l-7 7');
