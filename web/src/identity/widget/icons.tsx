/** The icons of proving who one is, drawn like those of `ui/icons.tsx`; they come with this part. */
import { icon } from '@/ui/icons.tsx';

export const LockIcon = /* @__PURE__ */ icon(
  'M6.5 10.5h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1zM8 10.5V8a4 4 0 0 1 8 0v2.5M12 14v2.5',
);
export const IdIcon = /* @__PURE__ */ icon(
  'M4.5 5h15A1.5 1.5 0 0 1 21 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5v-11A1.5 1.5 0 0 1 4.5 5zM8.5 9a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM5.8 16.2c.3-1.3 1.4-2 2.7-2s2.4.7 2.7 2M14 10h4M14 13.5h4',
);
