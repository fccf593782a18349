/** Icons of the queue. Decorative; labels say the rest. */
import { icon } from '@/ui/icon';

export const HourglassIcon = /* @__PURE__ */ icon(
  'M7 3.5h10M7 20.5h10M8 3.5v3.2c0 2.2 4 3.8 4 5.3s-4 3.1-4 5.3v3.2M16 3.5v3.2c0 2.2-4 3.8-4 5.3s4 3.1 4 5.3v3.2',
);
export const EarIcon = /* @__PURE__ */ icon(
  'M7 9.5a5 5 0 0 1 10 0c0 3-3 3.6-3 6.2 0 2.2-1.2 3.8-3 3.8a2.8 2.8 0 0 1-2.7-2.3M9.8 9.7a2.2 2.2 0 0 1 4.4 0c0 1.6-1.7 2-1.7 3.4',
);
export const WhyIcon = /* @__PURE__ */ icon(
  'M12 3.8l2 5.1 5.2 2-5.2 2-2 5.2-2-5.2-5.2-2 5.2-2zM19 16.5v3.6M17.2 18.3h3.6',
);
export const PauseIcon = /* @__PURE__ */ icon('M9 6v12M15 6v12', 2.4);
