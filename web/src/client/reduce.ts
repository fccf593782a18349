/**
 * The state of a conversation is the fold of its events; this is the browser's copy of the fold
 * in `server/domain/conversation.py`, line by line. A test holds that both give the same for
 * every history and audience, and that a snapshot plus what came after equals a fresh snapshot.
 *
 * Pure.
 */
import { stepRecording } from './foldrecording.ts';
import type {
  CallMember,
  CallState,
  CobrowseState,
  ConversationState,
  ExpertAdmitted,
  ExpertSeat,
  ObserverJoined,
  ObserverLeft,
  Person,
  TimelineEvent,
  VerificationState,
} from './protocol.gen.ts';

/** Whose events are folded. Experts keep no clock of the visitor's waiting. */
export type Audience = 'visitor' | 'staff' | 'expert';

/** Return the state that an `opened` event begins. */
export function openConversation(conv: string, { at, event }: TimelineEvent): ConversationState {
  if (event.kind !== 'opened') throw new TypeError('a conversation begins with `opened`');
  return {
    id: conv,
    state: 'waiting',
    visitor: event.visitor,
    lang: event.lang,
    opened_at: at,
    offline: event.offline ?? false,
  };
}

/** Return the state after `entry`, as `audience` folds it; the one given is left as it was. */
export function applyEvent(
  state: ConversationState,
  entry: TimelineEvent,
  audience: Audience = 'staff',
): ConversationState {
  const after = stepBackstage(state, entry) ?? applySeen(state, entry);
  if (audience !== 'expert') return after;
  return { ...after, waiting_since: null, answered: false };
}

/** The fold of what visitors see, and no more: their page has no bytes to spare for the rest. */
export function applySeen(state: ConversationState, entry: TimelineEvent): ConversationState {
  const { event, at, by } = entry;
  switch (event.kind) {
    case 'message':
      if (event.consult || event.auto || by.role === 'expert') return state;
      if (by.role === 'visitor') return { ...state, waiting_since: state.waiting_since ?? at };
      return { ...state, answered: true, waiting_since: null, clock: null };
    case 'assigned': {
      const same = state.assignee?.id === event.agent.id;
      return {
        ...state,
        state: 'active',
        assignee: event.agent,
        transfer: null,
        queue: null,
        left: null,
        department: event.department ?? state.department ?? null,
        why: event.why ?? null,
        consult: same ? (state.consult ?? null) : null,
      };
    }
    case 'unassigned':
      return {
        ...state,
        state: 'waiting',
        assignee: null,
        transfer: null,
        consult: null,
        waiting_since: state.waiting_since ?? at,
      };
    case 'closed':
      return {
        ...state,
        state: 'closed',
        transfer: null,
        waiting_since: null,
        closed_at: at,
        closed_reason: event.reason ?? null,
        queue: null,
        left: null,
        why: null,
        consult: null,
        observers: [],
        clock: null,
      };
    case 'reopened':
      return {
        ...state,
        state: 'waiting',
        assignee: null,
        answered: false,
        closed_at: null,
        closed_reason: null,
        left: null,
        why: null,
      };
    case 'read': {
      const reads = state.reads ?? {};
      const upto = Math.max(event.upto, reads[event.side] ?? 0);
      return { ...state, reads: { ...reads, [event.side]: upto } };
    }
    case 'expert_admitted':
      return admit(state, at, event);
    case 'expert_left':
      return { ...state, experts: withoutSeat(state, event.expert) };
    case 'recording_asked':
    case 'recording_consented':
    case 'recording_started':
    case 'recording_paused':
    case 'recording_resumed':
    case 'recording_ended':
      return { ...state, call: stepRecording(state.call ?? null, entry) };
    case 'cobrowse_asked':
      return { ...state, cobrowse: { id: event.cobrowse, by, state: 'asked' } };
    case 'cobrowse_started': {
      const known = state.cobrowse ?? { id: event.cobrowse, by };
      return { ...state, cobrowse: { ...known, state: 'on', started_at: at } };
    }
    case 'cobrowse_declined':
    case 'cobrowse_ended':
      return { ...state, cobrowse: null };
    case 'cobrowse_paused':
    case 'cobrowse_resumed':
    case 'cobrowse_control_asked':
    case 'cobrowse_control_declined':
    case 'cobrowse_control_granted':
    case 'cobrowse_control_released': {
      const on = state.cobrowse ?? null;
      return { ...state, cobrowse: on && stepCobrowse(on, entry) };
    }
    case 'identity_asked':
      return { ...state, verification: event.verification };
    case 'identity_opened':
    case 'identity_failed': {
      const asked = state.verification ?? null;
      return { ...state, verification: asked && stepVerification(asked, entry) };
    }
    case 'identity_ended':
      return { ...state, verification: null };
    case 'identity_verified':
    case 'identity_confirmed':
      return stepIdentity(state, entry);
    case 'queued': // whoever left a message waits for somebody now
      return {
        ...state,
        state: 'waiting',
        offline: false,
        assignee: null,
        queue: event.queue,
        left: null,
        department: event.queue.department,
        why: null,
      };
    case 'queue_left':
      return { ...state, queue: null, left: event.reason };
    default:
      return { ...state, call: stepCall(state, entry) };
  }
}

/** The fold of what happens behind the counter; null: it is an event that visitors see too. */
function stepBackstage(
  state: ConversationState,
  { event, at, by }: TimelineEvent,
): ConversationState | null {
  switch (event.kind) {
    case 'opened':
    case 'note':
      return state;
    case 'transfer_requested': {
      const { to = null, department = null, needs = [], note = '' } = event;
      return { ...state, transfer: { by, to, department, needs, note } };
    }
    case 'transfer_ended':
      return { ...state, transfer: null };
    case 'page':
      return { ...state, page: event.page };
    case 'contact':
    case 'identified':
      return { ...state, visitor: event.visitor };
    case 'invite_created':
      return { ...state, invites: [...(state.invites ?? []), event.invite] };
    case 'invite_ended': {
      const invites = (state.invites ?? []).map((invite) =>
        invite.id === event.invite ? { ...invite, outcome: event.outcome } : invite,
      );
      return { ...state, invites };
    }
    case 'expert_joined':
      return { ...state, experts: [...withoutSeat(state, event.expert.person), event.expert] };
    case 'identity_erased':
      return erase(state, event.verification);
    case 'clock_started':
      return { ...state, clock: event.clock };
    case 'consult_asked':
      return { ...state, consult: { to: event.to, by, note: event.note ?? '' } };
    case 'consult_ended':
      return { ...state, consult: null };
    case 'observer_joined':
    case 'observer_left':
      return observe(state, at, event);
    default:
      return null;
  }
}

function erase(state: ConversationState, verification: string): ConversationState {
  const known = state.identity ?? null;
  if (known?.verification !== verification) return state;
  const kind = state.visitor.customer ? ('identified' as const) : ('anonymous' as const);
  const identity = { verification, at: known.at };
  return { ...state, identity, visitor: { ...state.visitor, kind } };
}

function stepCobrowse(cobrowse: CobrowseState, { event, by }: TimelineEvent): CobrowseState {
  switch (event.kind) {
    case 'cobrowse_paused':
      return { ...cobrowse, state: 'paused', pause: event.reason };
    case 'cobrowse_resumed':
      return { ...cobrowse, state: 'on', pause: null };
    case 'cobrowse_control_asked':
      return { ...cobrowse, asked: { by, caps: event.caps } };
    case 'cobrowse_control_declined':
      return { ...cobrowse, asked: null };
    case 'cobrowse_control_granted':
      return { ...cobrowse, asked: null, grant: event.grant };
    case 'cobrowse_control_released':
      return { ...cobrowse, grant: null };
    default:
      return cobrowse;
  }
}

function stepVerification(asked: VerificationState, { event }: TimelineEvent): VerificationState {
  switch (event.kind) {
    case 'identity_opened': {
      const expires_at = Math.max(asked.expires_at, event.expires_at ?? 0);
      const { attempt, method } = event;
      return { ...asked, state: 'opened', attempt, method, failed: null, expires_at };
    }
    case 'identity_failed':
      return { ...asked, state: 'asked', attempt: null, method: '', failed: event.reason };
    default:
      return asked;
  }
}

function stepIdentity(state: ConversationState, { event }: TimelineEvent): ConversationState {
  switch (event.kind) {
    case 'identity_verified': {
      const visitor = { ...state.visitor, kind: 'verified' as const };
      const after = { ...state, verification: null, visitor };
      if (event.changed) return { ...after, identity_changed: event.proof };
      return { ...after, identity: event.proof };
    }
    case 'identity_confirmed': {
      const changed = state.identity_changed;
      if (!event.accepted || !changed) return { ...state, identity_changed: null };
      const visitor = { ...state.visitor, kind: 'verified' as const };
      return { ...state, identity: changed, identity_changed: null, visitor };
    }
    default:
      return state;
  }
}

function stepCall(state: ConversationState, { event, at, by }: TimelineEvent): CallState | null {
  const call = state.call ?? null;
  switch (event.kind) {
    case 'call_started':
      return {
        id: event.call,
        by,
        media: event.media,
        state: 'ringing',
        members: [{ person: by, media: event.media, joined_at: at }],
        private: event.private ?? false,
        started_at: at,
      };
    case 'call_opened':
      if (!call) return event.state ?? null; // the visitor saw nothing of the private call
      return {
        ...call,
        private: false,
        opened: true,
        state: 'ringing',
        started_at: at,
        active_at: 0,
      };
    case 'call_withdrawn':
      return call && activated(state, { ...call, private: true, opened: false }, at);
    case 'call_joined': {
      if (!call) return null;
      const joined: CallMember = { person: by, media: event.media, joined_at: at };
      return activated(state, { ...call, members: [...without(call, by), joined] }, at);
    }
    case 'call_media': {
      if (!call) return null;
      const members = call.members.map((member) =>
        member.person.id === by.id ? { ...member, media: event.media } : member,
      );
      return { ...call, members };
    }
    case 'call_left':
      return call && { ...call, members: without(call, by) };
    case 'call_ended':
      return null;
    default:
      return call; // declined, asked: they tell, they change nothing
  }
}

/** Move the expert to the end of both lists: the visitor meets them only now. */
function admit(state: ConversationState, at: number, event: ExpertAdmitted): ConversationState {
  const { expert: person, from_seq } = event;
  const seat = (state.experts ?? []).find((known) => known.person.id === person.id);
  const admitted: ExpertSeat = { person, scope: seat?.scope ?? [], status: 'admitted', from_seq };
  const after = { ...state, experts: [...withoutSeat(state, person), admitted] };
  return !state.call || state.call.private ? after : met(after, person, at);
}

/** Note who looks in, and how; whoever does not hide any more is met only now. */
function observe(
  state: ConversationState,
  at: number,
  event: ObserverJoined | ObserverLeft,
): ConversationState {
  const person = event.kind === 'observer_joined' ? event.observer.person : event.person;
  const observers = (state.observers ?? []).filter((one) => one.person.id !== person.id);
  let consult = state.consult ?? null;
  if (event.kind === 'observer_joined') {
    observers.push(event.observer);
    if (event.observer.consult && consult?.to.id === person.id) consult = null;
  }
  const after = { ...state, observers, consult };
  return watches(state, person) && !watches(after, person) ? met(after, person, at) : after;
}

function met(state: ConversationState, person: Person, at: number): ConversationState {
  const call = state.call ?? null;
  const member = call?.members.find((known) => known.person.id === person.id);
  if (!call || !member) return state;
  const members = [...without(call, person), { ...member, joined_at: at }];
  return { ...state, call: activated(state, { ...call, members }, at) };
}

/** Who hides does not make a call active, nor does a guest; an expert in consult does not hide in a private one. */
function activated(state: ConversationState, call: CallState, at: number): CallState {
  const counted = call.members.filter(
    ({ person }) =>
      person.role !== 'guest' &&
      !watches(state, person) &&
      (call.private || !inConsult(state, person)),
  );
  if (call.state !== 'ringing' || counted.length < 2) return call;
  return { ...call, state: 'active', active_at: at };
}

function inConsult(state: ConversationState, person: Person): boolean {
  return (state.experts ?? []).some(
    (seat) => seat.person.id === person.id && (seat.status ?? 'consult') === 'consult',
  );
}

/** Whether they look in without the visitor knowing. */
export function watches(state: ConversationState, person: Person): boolean {
  return (state.observers ?? []).some((one) => one.person.id === person.id && one.part !== 'barge');
}

function withoutSeat(state: ConversationState, person: Person): ExpertSeat[] {
  return (state.experts ?? []).filter((seat) => seat.person.id !== person.id);
}

function without(call: CallState, person: Person): CallMember[] {
  return call.members.filter((member) => member.person.id !== person.id);
}

/** Whether this person serves at the counter. */
export function isStaff(person: Person): boolean {
  return person.role === 'agent' || person.role === 'supervisor';
}
