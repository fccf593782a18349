/** The sentences of the queue: who waits where, who took it and why, who advises, who listens. Pure. */
import type { Entry } from '@/client/entries';
import type { Assigned, Person, Queued, Reason } from '@/client/protocol.gen';
import { dayText, type Lang, timeText } from '@/i18n';
import type { TimelineStrings } from './strings.en';

/** @returns null for an event that has no sentence, or whose sentence another one has told */
export function queueText(
  { event, by, at, mine }: Entry,
  t: TimelineStrings,
  nameOf: (person: Person) => string,
  lang: Lang,
): string | null {
  const q = t.queue;
  const name = nameOf(by);
  switch (event.kind) {
    case 'assigned':
      return withWhy(assignedText(event, t, nameOf, mine && event.agent.id === by.id), event, t);
    case 'unassigned': {
      const agent = nameOf(event.agent);
      if (event.reason === 'unconnected') return q.unconnected(agent);
      return event.reason === 'gone' ? t.acts.gone(agent) : t.acts.handback(agent);
    }
    case 'transfer_requested':
      return event.to
        ? t.acts.transferAsked(name, nameOf(event.to))
        : q.askedDepartment(name, event.department?.name ?? '');
    case 'transfer_ended':
      if (event.outcome === 'unanswered') return q.unanswered;
      return event.outcome === 'declined'
        ? t.acts.transferDeclined(name)
        : t.acts.transferCancelled(name);
    case 'queued':
      return queuedText(event, at, name, t, lang);
    case 'queue_left':
      return q.left[event.reason];
    case 'consult_asked':
      return q.consultAsked(name, nameOf(event.to));
    case 'consult_ended':
      return event.outcome === 'declined' ? q.consultDeclined(name) : q.consultCancelled(name);
    case 'observer_joined': {
      const { person, part, consult } = event.observer;
      return consult ? q.advises(nameOf(person)) : q.observes[part](nameOf(person));
    }
    case 'observer_left': {
      // What ended with the conversation, or became serving it, is told by that.
      if (event.reason === 'closed' || event.reason === 'assigned') return null;
      const person = nameOf(event.person);
      return event.reason === 'removed' ? q.observerRemoved(person) : q.observerLeft(person);
    }
    default:
      return null;
  }
}

function assignedText(
  event: Assigned,
  t: TimelineStrings,
  nameOf: (person: Person) => string,
  own: boolean,
): string {
  const agent = nameOf(event.agent);
  switch (event.via) {
    case 'transfer':
      return own ? t.acts.transferredYou : t.acts.transferred(agent);
    case 'return':
      return t.queue.returned(agent);
    case 'takeover':
      return t.queue.takenOver(agent);
    default:
      return own ? t.acts.assignedYou : t.acts.assigned(agent);
  }
}

/** Only a reason that the sentence itself does not tell. */
function withWhy(said: string, { why }: Assigned, t: TimelineStrings): string {
  const reason = why ? reasonText(why, t) : null;
  return reason ? `${said} (${reason})` : said;
}

function reasonText(why: Reason, t: TimelineStrings): string | null {
  const w = t.queue.why;
  if (why.kind === 'last_agent' || why.kind === 'idle') return w[why.kind];
  return why.kind === 'skill' ? w.skill(why.skill ?? '', why.level ?? 0) : null;
}

function queuedText(
  { queue, reason }: Queued,
  at: number,
  name: string,
  t: TimelineStrings,
  lang: Lang,
): string | null {
  const q = t.queue;
  const department = queue.department.name;
  switch (reason) {
    case 'gone':
    case 'unconnected':
    case 'handback':
      return null; // told by who let go of it
    case 'moved':
      return q.moved(name, department);
    case 'overflow':
      return q.overflow(department);
    case 'rejoined':
    case 'reopened':
      return q.again(department);
    case 'callback': {
      const from = queue.callback_at ?? at;
      const day = dayText(from, at, lang);
      return q.callback(`${day} ${timeText(from, lang)}`, queue.phone ?? '');
    }
    default:
      return q.waits(department);
  }
}
