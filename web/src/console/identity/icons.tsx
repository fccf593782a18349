/** The icons of who somebody is. Decorative; a word stands beside each. */
import { icon } from '@/ui/icons';

/** A shop's front: known to the shop. */
export const ShopIcon = /* @__PURE__ */ icon(
  'M5 10.5V19a.8.8 0 0 0 .8.8h12.4a.8.8 0 0 0 .8-.8v-8.5M4 8.5l1.6-4.3h12.8L20 8.5a2.6 2.6 0 0 1-5.3 0 2.7 2.7 0 0 1-5.4 0 2.6 2.6 0 0 1-5.3 0zM9.8 19.8v-5h4.4v5',
);
/** A bank: where the customer is now. */
export const BankIcon = /* @__PURE__ */ icon(
  'M3.5 9.5L12 4.5l8.5 5zM5.5 12.5v4M10 12.5v4M14 12.5v4M18.5 12.5v4M3.5 19.5h17',
);
/** A shield alone: asking. */
export const ShieldIcon = /* @__PURE__ */ icon(
  'M12 3.5l7 2.5v5.5c0 4.3-3 7.3-7 9-4-1.7-7-4.7-7-9V6zM12 8.5v4M12 15.3v.1',
);
