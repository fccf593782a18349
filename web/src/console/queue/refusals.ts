/** Which sentence a refusal gets: the same word means another thing of oneself than of a colleague. Pure. */

/** Commands that ask a colleague; the others are refused for what we are. */
const OF_A_COLLEAGUE = new Set(['transfer.request', 'consult.ask']);

/** @param act the command, or the route, that was refused */
export function refusalOf(code: string, act: string): string {
  if (code === 'no_capacity' && OF_A_COLLEAGUE.has(act)) return 'colleague_full';
  if (code === 'agent_unavailable' && !OF_A_COLLEAGUE.has(act)) return 'not_available';
  if (act === 'wrapup') {
    if (code === 'forbidden') return 'already_extended';
    if (code === 'not_found' || code === 'not_assigned') return 'wrapup_over';
  }
  return code;
}
