/** Icons of the supervisor. */
import { icon } from '@/ui/icon';

/** Bars of a floor that is looked at from above. */
export const FloorIcon = /* @__PURE__ */ icon('M4.5 20v-6M9.5 20V9M14.5 20v-8M19.5 20V4.5');
/** A shop's front. */
export const ShopIcon = /* @__PURE__ */ icon(
  'M4.5 10.5V19a1 1 0 0 0 1 1h13a1 1 0 0 0 1-1v-8.5M3 8l2-4h14l2 4a2.6 2.6 0 0 1-4.5 1.7A3 3 0 0 1 12 9.7a3 3 0 0 1-4.5 0A2.6 2.6 0 0 1 3 8zM9.5 20v-5.5h5V20',
);
export const EarIcon = /* @__PURE__ */ icon(
  'M7 9.5a5 5 0 0 1 10 0c0 3.5-3 4-3 7a3 3 0 0 1-5.5 1.7M9.8 9.5a2.2 2.2 0 0 1 4.4 0c0 1.5-1.4 1.8-1.4 3.2',
);
export const WhisperIcon = /* @__PURE__ */ icon(
  'M4 5.5h11a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5H9l-4 3.5v-3.5H4A1.5 1.5 0 0 1 2.5 13V7A1.5 1.5 0 0 1 4 5.5zM19.5 8.5a4 4 0 0 1 0 6M7 10h5',
);
export const BargeIcon = /* @__PURE__ */ icon(
  'M8.5 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM2.5 19c.5-2.8 3-4.5 6-4.5s5.5 1.7 6 4.5M18 7v7M14.5 10.5h7',
);
export const TakeIcon = /* @__PURE__ */ icon(
  'M12 15V4.5M7.5 9L12 4.5 16.5 9M5 15v3.5a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1V15',
);
export const FrontIcon = /* @__PURE__ */ icon('M12 19.5V8M7 12.5L12 7.5l5 5M5 4h14');
