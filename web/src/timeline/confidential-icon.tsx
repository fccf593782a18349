/** A shield with a keyhole: between staff and who proved who they are. "Confidential" stands beside it. */
import { icon } from '@/ui/icons';

export const ConfidentialIcon = /* @__PURE__ */ icon(
  'M12 3.5l7 2.5v5.5c0 4.3-3 7.3-7 9-4-1.7-7-4.7-7-9V6zM12 9.3a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM12 12.3v3',
);
