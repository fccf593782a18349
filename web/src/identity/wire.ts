/** What the widget and the server tell each other about proving who one is. Types; no code. */
import type { IdentityFailed, VerificationState } from '@/client/protocol.gen.ts';

/** How an attempt came to nothing. */
export type FailureReason = IdentityFailed['reason'];
/** How well an identity is proven. */
export type Level = VerificationState['level'];

/** A way to prove who one is, as `GET /identity/methods` gives it. */
export interface Method {
  /** `<provider>.<method>` */
  id: string;
  /** A brand, the same in every language. */
  label: string;
  kind: 'redirect' | 'bankid';
  /** ISO 3166-1 alpha-2, of the identities that it proves. */
  country: string;
  level: Level;
}

/** Where the bank's page opens: a window beside the chat, a new tab, or in the shop's place. */
export type Way = 'popup' | 'tab' | 'same';

export interface Started {
  attempt: string;
  kind: 'redirect' | 'bankid';
  /** Takes the browser to the bank, once, within a minute; of a redirect. */
  handle?: string;
}

/** How far a BankID order is. */
export interface Progress {
  status: 'pending' | 'verified' | 'failed';
  reason?: FailureReason | null;
  /** BankID's own hint code. */
  hint?: string | null;
  /** What the QR code says now. */
  qr?: string | null;
  /** Opens the app on this device. */
  autostart?: string | null;
}
