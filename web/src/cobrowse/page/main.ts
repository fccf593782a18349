/**
 * The part of co-browsing that runs on the shop's page: the loader imports it when our frame says
 * so, and gives it a port to the frame (`../bridge.ts`).
 *
 *     prepare ──> ready | trouble        nothing is drawn, nothing is recorded
 *     start ──> recording while somebody looks and no curtain is down
 *     stop (from the frame), Stop or Esc (here, and then told) ──> everything is gone
 *
 * The recorder is a chunk of its own, fetched after consent. What the shopper stops has stopped
 * here before anybody is told.
 */
import { Session } from './session.ts';

let current: Session | null = null;

/** Begin to listen to the frame at the other end of `port`; whoever was before is over. */
export function start(port: MessagePort): void {
  current?.close();
  current = new Session(port);
}
