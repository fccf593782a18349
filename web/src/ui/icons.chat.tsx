/** The icons that the chat opens with, and those only: it does not wait for the others. */
import { icon } from './icon.tsx';

export const CloseIcon = /* @__PURE__ */ icon('M6 6l12 12M18 6L6 18');
export const CheckIcon = /* @__PURE__ */ icon('M5 12.5l4.5 4.5L19 7.5');
export const SeenIcon = /* @__PURE__ */ icon('M2 12.5l4.5 4.5L16 7.5M11.5 16l1 1L22 7.5');
export const ClockIcon = /* @__PURE__ */ icon(
  'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM12 8v4.5l3 2',
);
export const WarningIcon = /* @__PURE__ */ icon('M12 4L2.8 19.5h18.4zM12 10v4.5M12 17.2v.1');
export const SendIcon = /* @__PURE__ */ icon('M4.5 12h8M4.5 12L3.5 4.5 21 12 3.5 19.5z');
export const AttachIcon = /* @__PURE__ */ icon(
  'M19.5 11.5l-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5l8-8a3.1 3.1 0 0 1 4.4 4.4l-7.9 7.9a1.5 1.5 0 0 1-2.2-2.2l7.2-7.2',
);
export const CameraIcon = /* @__PURE__ */ icon(
  'M4.5 6.5h9.5a1.5 1.5 0 0 1 1.5 1.5v8a1.5 1.5 0 0 1-1.5 1.5H4.5A1.5 1.5 0 0 1 3 16V8a1.5 1.5 0 0 1 1.5-1.5zM15.5 10.5l5.5-3v9l-5.5-3',
);
export const PhoneIcon = /* @__PURE__ */ icon(
  'M5 4h3.5l1.7 4.3-2.1 1.6a12 12 0 0 0 6 6l1.6-2.1L20 15.5V19a1.2 1.2 0 0 1-1.3 1.2A15.7 15.7 0 0 1 3.8 5.3 1.2 1.2 0 0 1 5 4z',
);
export const MoreIcon = /* @__PURE__ */ icon('M5.5 12v.1M12 12v.1M18.5 12v.1', 2.6);
export const DownIcon = /* @__PURE__ */ icon('M5.5 9l6.5 6.5L18.5 9');
