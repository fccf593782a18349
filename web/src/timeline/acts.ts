/** The sentence of an act between the lines: who took it, closed it, called. Pure. */
import type { Entry } from '@/client/entries';
import type { CobrowseOperation, Person } from '@/client/protocol.gen';
import type { Lang } from '@/i18n';
import { queueText } from './queue';
import type { TimelineStrings } from './strings.en';

const CAPS: readonly CobrowseOperation[] = ['scroll', 'click', 'fill'];

/**
 * @param nameOf how the reader knows a person ("You" for themselves)
 * @param reasonOf the reader's word for a close reason
 * @returns null for an event that has no sentence
 */
export function actText(
  entry: Entry,
  t: TimelineStrings,
  nameOf: (person: Person) => string,
  reasonOf: (reason: string) => string,
  lang: Lang,
): string | null {
  const { event, by } = entry;
  const a = t.acts;
  const name = nameOf(by);
  switch (event.kind) {
    case 'closed':
      return event.reason ? a.closedAs(name, reasonOf(event.reason)) : a.closed(name);
    case 'reopened':
      return a.reopened(name);
    case 'expert_joined':
      return a.expertJoined(nameOf(event.expert.person));
    case 'expert_admitted':
      return a.expertAdmitted(nameOf(event.expert));
    case 'expert_left':
      return event.reason === 'removed'
        ? a.expertRemoved(nameOf(event.expert))
        : a.expertLeft(nameOf(event.expert));
    case 'call_started':
      if (event.private) return a.callPrivate(name);
      if (event.media.includes('screen')) return a.callScreen(name);
      return event.media.includes('video') ? a.callVideo(name) : a.callVoice(name);
    case 'call_opened':
      return a.callOpened;
    case 'call_withdrawn':
      return event.reason === 'declined' ? a.callRefused : a.callMissed;
    case 'call_joined':
      return a.callJoined(name);
    case 'call_declined':
      return a.callDeclined(name);
    case 'call_left':
      return event.reason === 'lost' ? a.callLost(name) : a.callLeft(name);
    case 'call_ended':
      if (event.reason === 'unanswered') return a.callUnanswered;
      return event.seconds ? a.callEnded(lengthText(event.seconds, t)) : a.callEndedShort;
    default:
      return (
        cobrowseText(entry, t, nameOf) ??
        recordingText(entry, t, nameOf) ??
        identityText(entry, t, nameOf) ??
        queueText(entry, t, nameOf, lang)
      );
  }
}

/** Who the customer is. A name that was erased is not there any more, and neither is its sentence. */
function identityText(
  { event, by }: Entry,
  t: TimelineStrings,
  nameOf: (person: Person) => string,
): string | null {
  const i = t.identity;
  const name = nameOf(by);
  switch (event.kind) {
    case 'identity_asked':
      return i.asked(name, i.purposes[event.verification.purpose]);
    case 'identity_opened':
      return i.opened;
    case 'identity_failed':
      return i.failed[event.reason];
    case 'identity_verified': {
      const { name: proven, method, level } = event.proof;
      if (!proven) return event.changed ? i.changed : i.verified;
      const who = [proven, method, level && i.levels[level]].filter(Boolean).join(', ');
      return event.changed ? i.changedTo(who) : i.verifiedAs(who);
    }
    case 'identity_confirmed':
      return event.accepted ? i.accepted(name) : i.kept(name);
    case 'identity_ended':
      // What ended with the conversation is told by its closing.
      if (event.reason === 'closed') return null;
      return event.reason === 'withdrawn' ? i.ended.withdrawn(name) : i.ended[event.reason];
    case 'identity_erased':
      return i.erased(name);
    case 'identified':
      return i.identified(event.visitor.customer ?? '');
    default:
      return null;
  }
}

function cobrowseText(
  { event, by }: Entry,
  t: TimelineStrings,
  nameOf: (person: Person) => string,
): string | null {
  const c = t.cobrowse;
  const name = nameOf(by);
  switch (event.kind) {
    case 'cobrowse_asked':
      return c.asked(name);
    case 'cobrowse_started':
      return c.started(name);
    case 'cobrowse_declined':
      return c.declined(name);
    case 'cobrowse_control_asked':
      return c.controlAsked(name);
    case 'cobrowse_control_declined':
      if (by.role === 'system') return c.controlUnanswered;
      return by.role === 'visitor' ? c.controlDeclined(name) : c.controlWithdrawn(name);
    case 'cobrowse_control_granted': {
      const caps = CAPS.filter((cap) => event.grant.caps.includes(cap)).map((cap) => c.caps[cap]);
      return c.controlGranted(nameOf(event.grant.agent), caps.join(', '));
    }
    case 'cobrowse_control_released':
      if (event.reason === 'revoked') return c.controlRevoked(name);
      if (event.reason === 'released') return c.controlReleased(name);
      return event.reason === 'expired' ? c.controlExpired : c.controlGone;
    case 'cobrowse_paused':
      return event.reason === 'shopper' ? c.paused(name) : c.pausedBy[event.reason];
    case 'cobrowse_resumed':
      return c.resumed;
    case 'cobrowse_ended': {
      if (event.reason === 'withdrawn')
        return by.role === 'system' ? c.unanswered : c.withdrawn(name);
      const how = c.ended[event.reason](name);
      return event.seconds ? c.length(how, lengthText(event.seconds, t), event.pages ?? 0) : how;
    }
    default:
      return null;
  }
}

function recordingText(
  { event, by }: Entry,
  t: TimelineStrings,
  nameOf: (person: Person) => string,
): string | null {
  const r = t.recording;
  const name = nameOf(by);
  switch (event.kind) {
    case 'recording_asked':
      return r.asked(name);
    case 'recording_consented':
      return r.consented(name);
    case 'recording_started':
      return r.started;
    case 'recording_paused':
      return r.paused[event.reason](name);
    case 'recording_resumed':
      return r.resumed;
    case 'recording_ended':
      return r.ended[event.reason](name);
    default:
      return null;
  }
}

function lengthText(seconds: number, t: TimelineStrings): string {
  if (seconds < 60) return `${seconds} s`;
  return t.acts.minutes(Math.floor(seconds / 60), String(seconds % 60).padStart(2, '0'));
}
