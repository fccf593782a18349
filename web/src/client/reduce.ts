/**
 * The state of a conversation is the fold of its events; this is the browser's copy of the fold
 * in `server/domain/conversation.py`. A test holds that both give the same for every history
 * and audience, and that a snapshot plus what came after equals a fresh snapshot.
 *
 * Pure: types are imported, nothing else.
 */
import type {
  CallMember,
  CallState,
  ConversationState,
  ExpertSeat,
  Person,
  TimelineEvent,
} from './protocol.gen.ts';

/** Return the state after `entry`; the one given is left as it was. */
export function applyEvent(state: ConversationState, entry: TimelineEvent): ConversationState {
  const { event, at, by } = entry;
  switch (event.kind) {
    case 'opened':
      return {
        id: state.id,
        state: 'waiting',
        visitor: event.visitor,
        lang: event.lang,
        opened_at: at,
        offline: event.offline ?? false,
      };
    case 'message':
      if (event.auto || event.consult) return state;
      if (by.role === 'visitor') return { ...state, waiting_since: state.waiting_since ?? at };
      if (isStaff(by)) return { ...state, answered: true, waiting_since: null };
      return state;
    case 'note':
      return state;
    case 'assigned':
      return { ...state, state: 'active', assignee: event.agent, transfer: null };
    case 'unassigned':
      return { ...state, state: 'waiting', assignee: null, transfer: null };
    case 'transfer_requested':
      return { ...state, transfer: { to: event.to, by, note: event.note ?? '' } };
    case 'transfer_ended':
      return { ...state, transfer: null };
    case 'closed':
      return {
        ...state,
        state: 'closed',
        transfer: null,
        waiting_since: null,
        closed_at: at,
        closed_reason: event.reason ?? null,
      };
    case 'reopened':
      return {
        ...state,
        state: 'waiting',
        assignee: null,
        closed_at: null,
        closed_reason: null,
      };
    case 'read': {
      const reads = state.reads ?? {};
      const upto = Math.max(event.upto, reads[event.side] ?? 0);
      return { ...state, reads: { ...reads, [event.side]: upto } };
    }
    case 'page':
      return { ...state, page: event.page };
    case 'contact':
      return { ...state, visitor: event.visitor };
    case 'invite_created':
      return { ...state, invites: [...(state.invites ?? []), event.invite] };
    case 'invite_ended':
      return {
        ...state,
        invites: (state.invites ?? []).map((invite) =>
          invite.id === event.invite ? { ...invite, outcome: event.outcome } : invite,
        ),
      };
    case 'expert_joined':
      return { ...state, experts: [...without(state.experts, event.expert.person), event.expert] };
    case 'expert_admitted':
      return { ...state, experts: admit(state.experts ?? [], event.expert, event.from_seq) };
    case 'expert_left':
      return { ...state, experts: without(state.experts, event.expert) };
    default:
      return { ...state, call: applyCall(state.call ?? null, entry) };
  }
}

function applyCall(call: CallState | null, { event, at, by }: TimelineEvent): CallState | null {
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
      return call && { ...call, private: false };
    case 'call_joined': {
      if (!call) return null;
      const joined: CallMember = { person: by, media: event.media, joined_at: at };
      const members = [...call.members.filter((member) => member.person.id !== by.id), joined];
      if (call.state === 'active' || members.length < 2) return { ...call, members };
      return { ...call, members, state: 'active', active_at: at };
    }
    case 'call_media':
      return (
        call && {
          ...call,
          members: call.members.map((member) =>
            member.person.id === by.id ? { ...member, media: event.media } : member,
          ),
        }
      );
    case 'call_left':
      return call && { ...call, members: call.members.filter(({ person }) => person.id !== by.id) };
    case 'call_ended':
      return null;
    default:
      return call; // declined, asked: they tell, they change nothing
  }
}

/** Whether this person serves at the counter. */
export function isStaff(person: Person): boolean {
  return person.role === 'agent' || person.role === 'supervisor';
}

function without(seats: ExpertSeat[] | undefined, person: Person): ExpertSeat[] {
  return (seats ?? []).filter((seat) => seat.person.id !== person.id);
}

function admit(seats: ExpertSeat[], person: Person, from: number): ExpertSeat[] {
  // The visitor never saw the expert join, so the seat may be new here, and its scope unknown.
  const known = seats.some((seat) => seat.person.id === person.id);
  const all: ExpertSeat[] = known ? seats : [...seats, { person, scope: [] }];
  return all.map((seat) =>
    seat.person.id === person.id ? { ...seat, status: 'admitted', from_seq: from } : seat,
  );
}
