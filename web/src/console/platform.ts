/** Whether this machine's keyboard has ⌘. */
export const isMac = /mac|iphone|ipad/i.test(navigator.userAgent);
