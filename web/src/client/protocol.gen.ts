// Generated from signaling/messages.py by `make protocol`. Do not edit.


/**
 * Takes a waiting conversation. Exactly one wins; the others: nack already_assigned.
 */
export interface Accept {
  t: "conversation.accept";
  id: string;
  conv: string;
}

/**
 * The colleague looks in, and is heard by staff only.
 */
export interface AcceptConsult {
  t: "consult.accept";
  id: string;
  conv: string;
}

/**
 * Takes what was offered. `fence` is the offer's: an older one is refused (`offer_gone`).
 */
export interface AcceptOffer {
  t: "offer.accept";
  id: string;
  conv: string;
  task: string;
  fence: number;
}

export interface AcceptTransfer {
  t: "transfer.accept";
  id: string;
  conv: string;
}

/**
 * Done and committed. `seq`: the (first) event made; 0 if none was needed.
 */
export interface Ack {
  t: "ack";
  id: string;
  seq?: number;
  conv?: string | null;
  call?: string | null;
  cobrowse?: string | null;
  verification?: string | null;
}

export interface AddNote {
  t: "note.add";
  id: string;
  conv: string;
  text: string;
}

/**
 * Lets an expert in from consult. `from_seq`: share from there; default from now on.
 */
export interface AdmitExpert {
  t: "expert.admit";
  id: string;
  conv: string;
  expert: string;
  from_seq?: number | null;
}

/**
 * `id` is the offer's. `filled`: mid -> what came into an m-line that was offered to spare.
 */
export interface Answer {
  t: "rtc.answer";
  id: string;
  conv: string;
  call: string;
  generation: number;
  sdp: string;
  filled?: Record<string, PublicationInfo>;
}

/**
 * Ephemeral: the browser has taken in the answer of this generation; what is new may flow.
 *
 *     Without it, it flows a moment after the answer, and the browser may throw away the beginning.
 */
export interface AnswerTaken {
  t: "rtc.taken";
  conv: string;
  call: string;
  generation: number;
}

/**
 * The visitor wants to be called back from `at` on, within the hours; the place is kept.
 */
export interface AskCallback {
  t: "queue.callback";
  id: string;
  conv: string;
  at: number;
  phone?: string;
}

/**
 * Staff asks to see the shopper's page. The ack carries `cobrowse`.
 */
export interface AskCobrowse {
  t: "cobrowse.ask";
  id: string;
  conv: string;
}

export interface AskConsult {
  t: "consult.ask";
  id: string;
  conv: string;
  to: string;
  note?: string;
}

export interface AskControl {
  t: "cobrowse.control.ask";
  id: string;
  conv: string;
  cobrowse: string;
  caps: ("click" | "fill" | "scroll")[];
}

/**
 * Staff asks the visitor to prove who they are. The ack carries `verification`.
 */
export interface AskIdentity {
  t: "identity.ask";
  id: string;
  conv: string;
  purpose: "account" | "age" | "contract" | "order" | "other" | "payment" | "refund";
  level?: "high" | "low" | "substantial";
  note?: string;
}

export interface AskMedia {
  t: "call.ask";
  id: string;
  conv: string;
  call: string;
  media: "audio" | "screen" | "video";
}

/**
 * Staff asks everybody in the call whether it may be recorded, and agrees by that.
 *
 *     `consent`: the version of the words that they saw, in `lang`.
 */
export interface AskRecording {
  t: "recording.ask";
  id: string;
  conv: string;
  consent: string;
  lang: string;
}

/**
 * `agent` serves the conversation from now on, for `department` when it is another.
 */
export interface Assigned {
  kind: "assigned";
  agent: Person;
  via?: "accept" | "return" | "takeover" | "transfer";
  why?: Reason | null;
  department?: Department | null;
}

/**
 * Ephemeral: who is there to serve, and is open. To visitors names only.
 *
 *     `opens_at`: when somebody is expected next, while nobody is there; null: not known.
 */
export interface Availability {
  t: "availability";
  online: boolean;
  people?: Person[];
  opens_at?: number | null;
}

/**
 * The answer to a heartbeat.
 */
export interface Beat {
  t: "beat";
  active?: boolean;
}

/**
 * Sent before a close: what the client should do. `retry_after` seconds, null: never.
 */
export interface Bye {
  t: "bye";
  code: number;
  reason: string;
  retry_after?: number | null;
}

/**
 * Somebody asks the other side to turn `media` on; only they can.
 */
export interface CallAsked {
  kind: "call_asked";
  call: string;
  media: "audio" | "screen" | "video";
}

/**
 * Somebody does not want to join now; the chat goes on.
 */
export interface CallDeclined {
  kind: "call_declined";
  call: string;
}

/**
 * Nobody is left, or somebody ended it for all. `by` of the event: whoever ended it.
 */
export interface CallEnded {
  kind: "call_ended";
  call: string;
  reason: "closed" | "declined" | "hangup" | "lost" | "unanswered";
  seconds?: number;
}

/**
 * Somebody consented and is in. `media`: what they send at first.
 */
export interface CallJoined {
  kind: "call_joined";
  call: string;
  media: ("audio" | "screen" | "video")[];
}

/**
 * A member hung up, was removed, or was lost from the network.
 */
export interface CallLeft {
  kind: "call_left";
  call: string;
  reason?: "left" | "lost" | "removed";
}

/**
 * What a member sends from now on. Muting is audio going away.
 */
export interface CallMedia {
  kind: "call_media";
  call: string;
  media: ("audio" | "screen" | "video")[];
}

/**
 * Somebody in a call, and what they send.
 */
export interface CallMember {
  person: Person;
  media: ("audio" | "screen" | "video")[];
  joined_at: number;
}

/**
 * A private call is opened to the visitor: it rings there.
 *
 *     `state`: the call as it is then, for the visitor, who saw none of its earlier events.
 */
export interface CallOpened {
  kind: "call_opened";
  call: string;
  state?: CallState | null;
}

/**
 * Ephemeral: participant -> 1 (unusable) .. 5 (excellent).
 */
export interface CallQuality {
  t: "rtc.quality";
  call: string;
  scores: Record<string, number>;
}

/**
 * Somebody offers a call; it rings at the others. `private`: with experts in consult only.
 */
export interface CallStarted {
  kind: "call_started";
  call: string;
  media: ("audio" | "screen" | "video")[];
  private?: boolean;
}

/**
 * The call that is on. One at a time in a conversation.
 */
export interface CallState {
  id: string;
  by: Person;
  media: ("audio" | "screen" | "video")[];
  state: "active" | "ringing";
  members: CallMember[];
  private?: boolean;
  opened?: boolean;
  started_at?: number;
  active_at?: number;
  recording?: RecordingState | null;
}

/**
 * The visitor did not take the call that was opened to them: it is private again.
 *
 *     Staff and experts only; to the visitor the call has ended.
 */
export interface CallWithdrawn {
  kind: "call_withdrawn";
  call: string;
  reason: "declined" | "unanswered";
}

/**
 * The visitor waits for an answer from now on. Staff only.
 */
export interface ClockStarted {
  kind: "clock_started";
  clock: ServiceClock;
}

export interface Close {
  t: "conversation.close";
  id: string;
  conv: string;
  reason: string;
  note?: string;
}

/**
 * The matter is settled. `reason` and `note` reach staff only.
 */
export interface Closed {
  kind: "closed";
  reason?: string | null;
  note?: string;
}

/**
 * Staff asks to see the shopper's page; only the shopper can start it.
 */
export interface CobrowseAsked {
  kind: "cobrowse_asked";
  cobrowse: string;
}

/**
 * The shopper does not want to show their page.
 */
export interface CobrowseDeclined {
  kind: "cobrowse_declined";
  cobrowse: string;
}

/**
 * Nobody sees the page any more. `pages`: how many different ones were shown.
 */
export interface CobrowseEnded {
  kind: "cobrowse_ended";
  cobrowse: string;
  reason: "closed" | "left" | "limit" | "stopped" | "withdrawn";
  seconds?: number;
  pages?: number;
}

/**
 * Leave for one agent to do `caps` in the page, until `until` (the server's clock).
 */
export interface CobrowseGrant {
  id: string;
  agent: Person;
  caps: ("click" | "fill" | "scroll")[];
  until: number;
}

/**
 * Viewers see a curtain: a page for paying, or the shopper's own wish.
 */
export interface CobrowsePaused {
  kind: "cobrowse_paused";
  cobrowse: string;
  reason: "identity" | "page" | "shopper";
}

/**
 * The curtain is up again.
 */
export interface CobrowseResumed {
  kind: "cobrowse_resumed";
  cobrowse: string;
}

/**
 * The shopper consented: viewers see their page from now on.
 *
 *     `consent`: the version of the words they agreed to, in `lang`. `masking`: the hash of the
 *     site's rules that were in force.
 */
export interface CobrowseStarted {
  kind: "cobrowse_started";
  cobrowse: string;
  consent: string;
  lang: string;
  masking: string;
}

/**
 * The co-browsing that is asked for or on. One at a time in a conversation.
 */
export interface CobrowseState {
  id: string;
  by: Person;
  state: "asked" | "on" | "paused";
  started_at?: number;
  pause?: "identity" | "page" | "shopper" | null;
  asked?: ControlAsk | null;
  grant?: CobrowseGrant | null;
}

/**
 * Staff says whether a changed identity counts.
 */
export interface ConfirmIdentity {
  t: "identity.confirm";
  id: string;
  conv: string;
  verification: string;
  accept: boolean;
}

/**
 * The one who accepted has it before them. Without this it goes on to somebody else.
 */
export interface Connect {
  t: "conversation.connect";
  id: string;
  conv: string;
}

/**
 * Somebody in the call agrees to be recorded: to words of version `consent`, in `lang`.
 */
export interface ConsentRecording {
  t: "recording.consent";
  id: string;
  conv: string;
  recording: string;
  consent: string;
  lang: string;
}

/**
 * An open wish for a colleague's advice.
 */
export interface Consult {
  to: Person;
  by: Person;
  note?: string;
}

/**
 * The one who serves asks a colleague for advice. Staff only.
 */
export interface ConsultAsked {
  kind: "consult_asked";
  to: Person;
  note?: string;
}

/**
 * The colleague declined, or the wish was taken back. Staff only.
 */
export interface ConsultEnded {
  kind: "consult_ended";
  outcome: "cancelled" | "declined";
}

/**
 * The visitor told their name or e-mail. Staff only.
 */
export interface ContactChanged {
  kind: "contact";
  visitor: Visitor;
}

/**
 * An open wish for control.
 */
export interface ControlAsk {
  by: Person;
  caps: ("click" | "fill" | "scroll")[];
}

/**
 * Staff asks to do something in the shopper's page.
 */
export interface ControlAsked {
  kind: "cobrowse_control_asked";
  cobrowse: string;
  caps: ("click" | "fill" | "scroll")[];
}

/**
 * The shopper does not want that, or the one who asked took it back.
 */
export interface ControlDeclined {
  kind: "cobrowse_control_declined";
  cobrowse: string;
}

/**
 * The shopper lets one agent do some things for some minutes.
 */
export interface ControlGranted {
  kind: "cobrowse_control_granted";
  cobrowse: string;
  consent: string;
  grant: CobrowseGrant;
}

/**
 * The grant is over.
 */
export interface ControlReleased {
  kind: "cobrowse_control_released";
  cobrowse: string;
  grant: string;
  reason: "expired" | "gone" | "released" | "revoked";
}

/**
 * Everything about a conversation but its timeline; what an audience may not see is absent.
 */
export interface ConversationState {
  id: string;
  state: "active" | "closed" | "waiting";
  visitor: Visitor;
  lang: string;
  opened_at: number;
  offline?: boolean;
  assignee?: Person | null;
  transfer?: Transfer | null;
  experts?: ExpertSeat[];
  invites?: InviteState[];
  call?: CallState | null;
  cobrowse?: CobrowseState | null;
  verification?: VerificationState | null;
  identity?: IdentityProof | null;
  identity_changed?: IdentityProof | null;
  page?: Page | null;
  reads?: Record<string, number>;
  waiting_since?: number | null;
  answered?: boolean;
  closed_at?: number | null;
  closed_reason?: string | null;
  queue?: QueueState | null;
  left?: "closed" | "left" | "message" | "overflow" | null;
  department?: Department | null;
  why?: Reason | null;
  consult?: Consult | null;
  observers?: Observer[];
  clock?: ServiceClock | null;
}

/**
 * One row of an inbox.
 */
export interface ConversationSummary {
  id: string;
  seq: number;
  state: "active" | "closed" | "waiting";
  visitor: Visitor;
  lang: string;
  opened_at: number;
  offline?: boolean;
  assignee?: Person | null;
  transfer?: Transfer | null;
  waiting_since?: number | null;
  closed_at?: number | null;
  closed_reason?: string | null;
  unread?: number;
  last?: LastEntry | null;
  page?: Page | null;
  call?: string | null;
  media?: ("audio" | "screen" | "video")[];
  cobrowse?: boolean;
  queue?: QueueState | null;
  left?: "closed" | "left" | "message" | "overflow" | null;
  department?: Department | null;
  why?: Reason | null;
  consult?: Consult | null;
  observers?: Observer[];
  clock?: ServiceClock | null;
}

export interface DeclineCall {
  t: "call.decline";
  id: string;
  conv: string;
  call: string;
}

export interface DeclineCobrowse {
  t: "cobrowse.decline";
  id: string;
  conv: string;
  cobrowse: string;
}

/**
 * The shopper declines, or the one who asked takes it back.
 */
export interface DeclineControl {
  t: "cobrowse.control.decline";
  id: string;
  conv: string;
  cobrowse: string;
}

/**
 * Somebody in the call does not agree, or not any more: nothing is recorded from now on.
 */
export interface DeclineRecording {
  t: "recording.decline";
  id: string;
  conv: string;
  recording: string;
}

/**
 * A department as people may know it.
 */
export interface Department {
  id: string;
  name: string;
}

/**
 * Ephemeral, complete each time: an agent's own state, load and offers.
 */
export interface Desk {
  t: "desk";
  state: "available" | "away" | "not_responding";
  reason?: string;
  since?: number;
  used?: number;
  capacity?: number;
  offers?: Reservation[];
  wrapups?: Wrapup[];
  next?: number;
}

/**
 * Leave the direct path of this attempt. Why is not told: it may be nobody's business.
 */
export interface DirectEnd {
  t: "direct.end";
  conv: string;
  call: string;
  attempt: number;
}

/**
 * Ephemeral: media flow both ways as this side sees it, or the path failed or was left.
 *
 *     "closed": the other's end has gone, with their page.
 */
export interface DirectReport {
  t: "direct.report";
  conv: string;
  call: string;
  attempt: number;
  state: "closed" | "failed" | "up";
}

/**
 * From one of the two to the other: a description, or candidates. Ephemeral, both ways.
 */
export interface DirectSignal {
  t: "direct.signal";
  conv: string;
  call: string;
  attempt: number;
  sdp?: string;
  candidates?: IceCandidate[];
}

/**
 * Try a direct path in the background. `offers`: this side makes the offer.
 *
 *     The attempt grows with each; one that is newer ends what is there of the older.
 */
export interface DirectTry {
  t: "direct.try";
  conv: string;
  call: string;
  attempt: number;
  offers: boolean;
}

/**
 * Ends it for all; staff and the visitor may.
 */
export interface EndCall {
  t: "call.end";
  id: string;
  conv: string;
  call: string;
}

/**
 * The shopper or staff ends it; staff takes back what it asked for.
 */
export interface EndCobrowse {
  t: "cobrowse.end";
  id: string;
  conv: string;
  cobrowse: string;
}

/**
 * The colleague declines, or whoever asked takes it back.
 */
export interface EndConsult {
  t: "consult.end";
  id: string;
  conv: string;
}

/**
 * The visitor declines, or staff takes the request back.
 */
export interface EndIdentity {
  t: "identity.end";
  id: string;
  conv: string;
  verification: string;
}

/**
 * Staff ends it, or takes back what it asked for.
 */
export interface EndRecording {
  t: "recording.end";
  id: string;
  conv: string;
  recording: string;
}

/**
 * The colleague declines, or the owner takes it back.
 */
export interface EndTransfer {
  t: "transfer.end";
  id: string;
  conv: string;
}

/**
 * One durable event. `prev`: the previous one this audience may see.
 */
export interface Event {
  t: "event";
  conv: string;
  epoch: string;
  seq: number;
  prev: number;
  at: number;
  by: Person;
  event: Opened | Message | Note | Assigned | Unassigned | TransferRequested | TransferEnded | Closed | Reopened | Read | PageViewed | ContactChanged | InviteCreated | InviteEnded | ExpertJoined | ExpertAdmitted | ExpertLeft | CallStarted | CallOpened | CallWithdrawn | CallJoined | CallDeclined | CallAsked | CallMedia | CallLeft | CallEnded | CobrowseAsked | CobrowseStarted | CobrowseDeclined | ControlAsked | ControlDeclined | ControlGranted | ControlReleased | CobrowsePaused | CobrowseResumed | CobrowseEnded | IdentityAsked | IdentityOpened | IdentityFailed | IdentityVerified | IdentityConfirmed | IdentityEnded | IdentityErased | VisitorIdentified | Queued | QueueLeft | ClockStarted | ConsultAsked | ConsultEnded | ObserverJoined | ObserverLeft | RecordingAsked | RecordingConsented | RecordingStarted | RecordingPaused | RecordingResumed | RecordingEnded;
}

/**
 * The agent let the expert in. They see events with `seq` > `from_seq`.
 */
export interface ExpertAdmitted {
  kind: "expert_admitted";
  expert: Person;
  from_seq: number;
}

/**
 * An expert is in the private consult. Staff and experts only.
 */
export interface ExpertJoined {
  kind: "expert_joined";
  expert: ExpertSeat;
}

/**
 * The expert left or was removed.
 */
export interface ExpertLeft {
  kind: "expert_left";
  expert: Person;
  reason?: "closed" | "left" | "removed";
}

/**
 * An expert in the conversation.
 */
export interface ExpertSeat {
  person: Person;
  scope: ("chat" | "cobrowse" | "hear" | "see" | "speak")[];
  status?: "admitted" | "consult";
  from_seq?: number;
}

/**
 * One leg since it began.
 */
export interface Figures {
  seconds: number;
  setup?: number | null;
  path?: "direct" | "relay" | "tcp" | "udp" | null;
  rtt?: number | null;
  sound_out?: Flow | null;
  sound_in?: Flow | null;
  picture_out?: Flow | null;
  picture_in?: Flow | null;
  concealed?: number;
  freezes?: number;
  frozen?: number;
  fallbacks?: number;
  paused?: number;
}

/**
 * A file in a message. `type` was read from its content; `url` needs the reader's session.
 */
export interface File {
  id: string;
  name: string;
  type: string;
  size: number;
  url: string;
  image?: boolean;
  width?: number;
  height?: number;
}

/**
 * Sound or picture, one way. `kbps`: the mean; `jitter`: ms, the last one told.
 */
export interface Flow {
  packets?: number;
  lost?: number;
  jitter?: number;
  kbps?: number;
  codec?: string;
}

/**
 * A stream ended for this person (removed, no access, unknown).
 */
export interface Gone {
  t: "gone";
  stream: string;
  code: "agent_unavailable" | "already_assigned" | "already_offered" | "bad_file" | "bad_frame" | "bad_offer" | "bad_text" | "call_exists" | "call_full" | "cobrowse_exists" | "conversation_closed" | "forbidden" | "identity_needed" | "internal" | "no_call" | "no_capacity" | "no_cobrowse" | "no_consult" | "no_verification" | "not_assigned" | "not_found" | "not_in_call" | "not_observing" | "not_open" | "not_transferring" | "not_waiting" | "offer_gone" | "rate_limited" | "stale_generation" | "too_large" | "too_many_streams" | "unavailable" | "unknown_type" | "verification_exists";
}

/**
 * The shopper lets the one who asked do `caps`, at most what was asked for.
 *
 *     `grant`: made by the page, so that it can take it back before the server knows.
 */
export interface GrantControl {
  t: "cobrowse.control.grant";
  id: string;
  conv: string;
  cobrowse: string;
  grant: string;
  caps: ("click" | "fill" | "scroll")[];
  consent: string;
}

export interface HandBack {
  t: "conversation.handback";
  id: string;
  conv: string;
}

/**
 * Answer with `beat`. `heads`: stream -> newest seq this audience may see.
 */
export interface Heartbeat {
  t: "heartbeat";
  heads: Record<string, number>;
  now: number;
  every: number;
}

/**
 * The first frame. `cursors`: stream -> (epoch, seq) already applied, or null to start anew.
 */
export interface Hello {
  t: "hello";
  v: number;
  token: string;
  cursors?: Record<string, [string, number] | null>;
  active?: boolean;
}

/**
 * A candidate as the browser gives it; an empty one says that there are no more.
 */
export interface IceCandidate {
  candidate: string;
  mid?: string;
}

/**
 * Staff asks the visitor to prove who they are; only the visitor can start it.
 */
export interface IdentityAsked {
  kind: "identity_asked";
  verification: VerificationState;
}

/**
 * Staff said whether the changed identity counts from now on, or the one before.
 */
export interface IdentityConfirmed {
  kind: "identity_confirmed";
  verification: string;
  accepted: boolean;
}

/**
 * The request is over without a proof.
 */
export interface IdentityEnded {
  kind: "identity_ended";
  verification: string;
  reason: "closed" | "declined" | "expired" | "withdrawn";
}

/**
 * What was proven was erased; the name is gone from the events before. Staff only.
 */
export interface IdentityErased {
  kind: "identity_erased";
  verification: string;
}

/**
 * An attempt came to nothing; the visitor may try again.
 *
 *     `code`: the stable word for what did not hold (docs/identity.md); to staff only.
 */
export interface IdentityFailed {
  kind: "identity_failed";
  verification: string;
  attempt: string;
  reason: "cancelled" | "expired" | "invalid" | "refused" | "unavailable";
  code?: string;
}

/**
 * The visitor is at the bank. `method`: an id of `GET /api/v1/identity/methods`.
 *
 *     `expires_at`: until when the request is open from now on.
 */
export interface IdentityOpened {
  kind: "identity_opened";
  verification: string;
  attempt: string;
  method: string;
  expires_at?: number;
}

/**
 * Who the visitor proved to be, and how well. `at`: when the bank asked them.
 *
 *     To visitors and experts only `verification` and `at`.
 */
export interface IdentityProof {
  verification: string;
  at: number;
  name?: string;
  method?: string;
  level?: "high" | "low" | "substantial" | null;
}

/**
 * The visitor proved who they are. `changed`: to be somebody else than before.
 *
 *     Then it counts only once staff has confirmed it.
 */
export interface IdentityVerified {
  kind: "identity_verified";
  proof: IdentityProof;
  changed?: boolean;
}

/**
 * Rows that changed; each replaces the row with its id. A row may be closed now.
 */
export interface InboxChanges {
  t: "inbox.changes";
  epoch: string;
  seq: number;
  prev: number;
  items: ConversationSummary[];
}

/**
 * All open conversations of this person's inbox (staff: the site's; visitor: their own).
 */
export interface InboxSnapshot {
  t: "inbox.snapshot";
  epoch: string;
  seq: number;
  items: ConversationSummary[];
}

/**
 * An expert's link was made. Staff only.
 */
export interface InviteCreated {
  kind: "invite_created";
  invite: InviteState;
}

/**
 * The link does not work any more. Staff only.
 */
export interface InviteEnded {
  kind: "invite_ended";
  invite: string;
  outcome: "expired" | "revoked" | "used";
}

/**
 * An expert's link as staff see it; the secret itself is shown once, when it is made.
 */
export interface InviteState {
  id: string;
  scope: ("chat" | "cobrowse" | "hear" | "see" | "speak")[];
  expires_at: number;
  by: Person;
  outcome?: "expired" | "open" | "revoked" | "used";
}

/**
 * Consents. `media`: what this side will send; may be empty.
 */
export interface JoinCall {
  t: "call.join";
  id: string;
  conv: string;
  call: string;
  media: ("audio" | "screen" | "video")[];
}

/**
 * The visitor wants to wait after all.
 */
export interface JoinQueue {
  t: "queue.join";
  id: string;
  conv: string;
}

/**
 * The newest line of a conversation, for lists.
 */
export interface LastEntry {
  at: number;
  role: "agent" | "expert" | "guest" | "supervisor" | "system" | "visitor";
  text?: string;
  files?: number;
}

export interface LeaveCall {
  t: "call.leave";
  id: string;
  conv: string;
  call: string;
}

/**
 * The visitor does not wait: what they wrote is a message. `email`: where to answer.
 */
export interface LeaveQueue {
  t: "queue.leave";
  id: string;
  conv: string;
  email?: string;
}

export interface MarkRead {
  t: "read";
  id: string;
  conv: string;
  upto: number;
}

/**
 * A line of the chat.
 *
 *     `auto` names an automatic line ("finding_someone", "offline_received", "overflow", "closed"),
 *     whose words the reader's own language gives. `consult`: between staff and experts only.
 */
export interface Message {
  kind: "message";
  id: string;
  text?: string;
  files?: File[];
  auto?: string | null;
  consult?: boolean;
  confidential?: boolean;
}

/**
 * Refused. `temporary`: the same command may go through after `retry_after` seconds.
 */
export interface Nack {
  t: "nack";
  id: string;
  code: "agent_unavailable" | "already_assigned" | "already_offered" | "bad_file" | "bad_frame" | "bad_offer" | "bad_text" | "call_exists" | "call_full" | "cobrowse_exists" | "conversation_closed" | "forbidden" | "identity_needed" | "internal" | "no_call" | "no_capacity" | "no_cobrowse" | "no_consult" | "no_verification" | "not_assigned" | "not_found" | "not_in_call" | "not_observing" | "not_open" | "not_transferring" | "not_waiting" | "offer_gone" | "rate_limited" | "stale_generation" | "too_large" | "too_many_streams" | "unavailable" | "unknown_type" | "verification_exists";
  message: string;
  temporary?: boolean;
  retry_after?: number | null;
}

/**
 * A skill that a task asks for, from 1 (some) to 5 (expert).
 */
export interface Need {
  skill: string;
  level?: number;
}

/**
 * An internal note; staff only.
 */
export interface Note {
  kind: "note";
  text: string;
}

/**
 * A supervisor looks in, or does another part from now on.
 */
export interface Observe {
  t: "observe";
  id: string;
  conv: string;
  part: "barge" | "listen" | "whisper";
}

/**
 * Somebody of the staff who looks in. The visitor meets those who `barge`, in the call only.
 *
 *     `consult`: a colleague whom the one who serves asked for advice; else a supervisor.
 */
export interface Observer {
  person: Person;
  part: "barge" | "listen" | "whisper";
  since: number;
  consult?: boolean;
}

/**
 * Somebody of the staff looks in, or does another part. Staff and experts only.
 */
export interface ObserverJoined {
  kind: "observer_joined";
  observer: Observer;
}

/**
 * They look in no more. Staff and experts only.
 */
export interface ObserverLeft {
  kind: "observer_left";
  person: Person;
  reason?: "assigned" | "closed" | "left" | "removed";
}

/**
 * A session description for the media server; answered by `rtc.answer` (or nack).
 *
 *     `send`: mid -> source ("audio", "camera", "screen", "screen-audio"), for what this side
 *     sends. `receive`: mid -> publication id. `spare`: mid -> kind, for m-lines that may take
 *     whatever there is; the answer tells what came into them. The generation grows with each offer.
 */
export interface Offer {
  t: "rtc.offer";
  id: string;
  conv: string;
  call: string;
  generation: number;
  sdp: string;
  send?: Record<string, string>;
  receive?: Record<string, string>;
  spare?: Record<string, "audio" | "video">;
}

/**
 * Opens a private call to the visitor.
 */
export interface OpenCall {
  t: "call.open";
  id: string;
  conv: string;
  call: string;
}

/**
 * The conversation began. `offline`: left as a message when nobody was there.
 */
export interface Opened {
  kind: "opened";
  visitor: Visitor;
  lang: string;
  offline?: boolean;
}

/**
 * A page of the shop; query and fragment are stripped from the URL.
 */
export interface Page {
  url: string;
  title?: string;
}

/**
 * The visitor came to a page. Staff only.
 */
export interface PageViewed {
  kind: "page";
  page: Page;
}

/**
 * The shopper, or a page for paying, lets the curtain down.
 */
export interface PauseCobrowse {
  t: "cobrowse.pause";
  id: string;
  conv: string;
  cobrowse: string;
  reason: "identity" | "page" | "shopper";
}

/**
 * Staff pauses it, or the shop's page does (`shop`), where the visitor pays.
 */
export interface PauseRecording {
  t: "recording.pause";
  id: string;
  conv: string;
  recording: string;
  reason?: "shop" | "staff";
}

/**
 * Who did something, as the reader may know them.
 *
 *     A guest is an outside source or player that staff let into a call (docs/whip.md); its name is
 *     the label that they gave it.
 *
 *     A visitor's name is empty towards an expert and for an anonymous visitor: the
 *     reader's language decides what to show then.
 */
export interface Person {
  id: string;
  role: "agent" | "expert" | "guest" | "supervisor" | "system" | "visitor";
  name?: string;
}

/**
 * A track that somebody sends and that this participant may receive.
 */
export interface PublicationInfo {
  id: string;
  participant: string;
  source: "audio" | "camera" | "screen" | "screen-audio";
}

/**
 * What can be received now. Differs from what was offered → offer again.
 */
export interface Publications {
  t: "rtc.publications";
  conv: string;
  call: string;
  publications: PublicationInfo[];
}

/**
 * It waits no longer, and nobody has taken it: it is a message to be answered.
 *
 *     `left`: the visitor's browser was gone for too long. `message`: the visitor chose so.
 *     `overflow`: it waited too long. `closed`: the department closed and nobody is there.
 */
export interface QueueLeft {
  kind: "queue_left";
  reason: "closed" | "left" | "message" | "overflow";
}

/**
 * Ephemeral: where a visitor's conversation stands. `place` 0: it waits no longer.
 *
 *     `low` and `high`: seconds it will probably take; absent when nobody can say. `ringing`: it
 *     is being offered to somebody now. `staffed`: somebody who can take it is there.
 */
export interface QueuePlace {
  t: "queue";
  conv: string;
  place?: number;
  low?: number | null;
  high?: number | null;
  ringing?: boolean;
  staffed?: boolean;
  callback_at?: number | null;
}

/**
 * A conversation waits for somebody. `since`: its place; it is kept whatever happens.
 *
 *     `due_at`: until when somebody should take it (staff only). `callback_at`: not before; then
 *     the visitor wants to be called back, at `phone` (staff only) or here.
 */
export interface QueueState {
  task: string;
  department: Department;
  since: number;
  needs?: Need[];
  due_at?: number | null;
  callback_at?: number | null;
  phone?: string;
}

/**
 * The conversation waits in a department from now on, or waits otherwise than before.
 */
export interface Queued {
  kind: "queued";
  queue: QueueState;
  reason?: "callback" | "gone" | "handback" | "moved" | "opened" | "overflow" | "rejoined" | "reopened" | "unconnected";
}

/**
 * `side` has seen everything up to and including `upto`.
 */
export interface Read {
  kind: "read";
  side: "expert" | "staff" | "visitor";
  upto: number;
}

/**
 * Why this agent. `waived`: what was asked for and nobody of the department has.
 *
 *     `last_agent`: served this visitor before. `skill`: knows most of what is asked for.
 *     `idle`: has been free longest (`seconds`). `chosen`: a colleague named them. `pulled`: took it
 *     by hand. `returned`: had it before their connection was lost. `supervisor`: was given it, or
 *     took it over.
 */
export interface Reason {
  kind: "chosen" | "idle" | "last_agent" | "pulled" | "returned" | "skill" | "supervisor";
  skill?: string;
  level?: number;
  seconds?: number;
  waived?: string[];
}

/**
 * Staff asks whether the call may be recorded. Nothing is yet. `days`: that it is kept.
 */
export interface RecordingAsked {
  kind: "recording_asked";
  recording: string;
  call: string;
  consent: string;
  lang: string;
  days?: number;
}

/**
 * `by` of the event agrees: to words of version `consent`, in `lang`.
 */
export interface RecordingConsented {
  kind: "recording_consented";
  recording: string;
  consent: string;
  lang: string;
}

/**
 * Nothing is recorded any more.
 *
 *     `declined`: somebody did not agree. `revoked`: not any more. `withdrawn`: staff took it back.
 *     `call`: the call is over. `failed`: it could not be written.
 */
export interface RecordingEnded {
  kind: "recording_ended";
  recording: string;
  reason: "call" | "declined" | "failed" | "revoked" | "stopped" | "withdrawn";
}

/**
 * Nothing is recorded while one such reason holds.
 */
export interface RecordingPaused {
  kind: "recording_paused";
  recording: string;
  reason: "consent" | "hold" | "identity" | "page" | "shop" | "staff";
}

/**
 * A reason holds no longer; without another it is recorded again.
 */
export interface RecordingResumed {
  kind: "recording_resumed";
  recording: string;
  reason: "consent" | "hold" | "identity" | "page" | "shop" | "staff";
}

/**
 * Everybody has agreed: the call is recorded from now on.
 */
export interface RecordingStarted {
  kind: "recording_started";
  recording: string;
}

/**
 * The recording that is asked for or on. One at a time in a call.
 */
export interface RecordingState {
  id: string;
  by: Person;
  state: "asked" | "on" | "paused";
  consents: Person[];
  pauses?: ("consent" | "hold" | "identity" | "page" | "shop" | "staff")[];
  days?: number;
  started_at?: number;
}

/**
 * Lets it pass to somebody else; it keeps its place.
 */
export interface RejectOffer {
  t: "offer.reject";
  id: string;
  conv: string;
  task: string;
  fence: number;
}

/**
 * The shopper revokes ("revoked", "expired"), or the agent lets go ("released").
 */
export interface ReleaseControl {
  t: "cobrowse.control.release";
  id: string;
  conv: string;
  cobrowse: string;
  grant: string;
  expired?: boolean;
}

/**
 * Staff removes an expert, or an expert leaves (their own id).
 */
export interface RemoveExpert {
  t: "expert.remove";
  id: string;
  conv: string;
  expert: string;
}

export interface Reopen {
  t: "conversation.reopen";
  id: string;
  conv: string;
}

/**
 * It goes on: the visitor wrote again, or staff opened it. Waits unless `agent` kept it.
 */
export interface Reopened {
  kind: "reopened";
}

/**
 * Asks an agent (`to`), or a department, to take over; `needs`: the skills it asks for.
 */
export interface RequestTransfer {
  t: "transfer.request";
  id: string;
  conv: string;
  to?: string;
  department?: string;
  needs?: Need[];
  note?: string;
}

/**
 * A task offered to this agent: who, what, why, until when.
 */
export interface Reservation {
  task: string;
  conv: string;
  fence: number;
  visitor: Visitor;
  lang: string;
  department: Department;
  mode: "callback" | "chat" | "video" | "voice";
  since: number;
  offered_at: number;
  deadline_at: number;
  why: Reason;
  transfer?: Person | null;
  note?: string;
  text?: string;
  page?: Page | null;
  needs?: Need[];
  callback_at?: number | null;
  phone?: string;
}

export interface ResumeCobrowse {
  t: "cobrowse.resume";
  id: string;
  conv: string;
  cobrowse: string;
}

/**
 * What was paused by hand goes on, unless something else holds it.
 */
export interface ResumeRecording {
  t: "recording.resume";
  id: string;
  conv: string;
  recording: string;
  reason?: "shop" | "staff";
}

/**
 * `files`: ids of finished uploads. `consult`: to staff and experts only.
 *
 *     `confidential`: staff's, to a visitor who has proven who they are; experts see nothing of it.
 */
export interface Send {
  t: "message.send";
  id: string;
  conv: string;
  text?: string;
  files?: string[];
  consult?: boolean;
  confidential?: boolean;
}

/**
 * The visitor waits for a human answer: the first, or the next. Staff only.
 *
 *     It stands outside the department's hours: `due_at` and `warn_at` have that in them.
 */
export interface ServiceClock {
  kind: "first" | "next";
  since: number;
  due_at: number;
  warn_at: number;
}

/**
 * The visitor tells who they are; unproven, and shown so.
 */
export interface SetContact {
  t: "contact.set";
  id: string;
  conv: string;
  name?: string;
  email?: string;
}

/**
 * What this side sends from now on.
 */
export interface SetMedia {
  t: "call.media";
  id: string;
  conv: string;
  call: string;
  media: ("audio" | "screen" | "video")[];
}

/**
 * A conversation as of `seq`, with its newest events. `more`: older ones exist (HTTP).
 */
export interface Snapshot {
  t: "snapshot";
  conv: string;
  epoch: string;
  seq: number;
  state: ConversationState;
  events: TimelineEvent[];
  more?: boolean;
}

/**
 * Ephemeral: participant -> level in -dBov (0 loud .. 127 silence).
 */
export interface Speaking {
  t: "rtc.speaking";
  call: string;
  levels: Record<string, number>;
}

/**
 * A visitor's first words. With an open conversation it becomes a message there.
 *
 *     `contact`: the form when nobody is there. The ack carries `conv`.
 */
export interface Start {
  t: "conversation.start";
  id: string;
  text: string;
  lang: string;
  files?: string[];
  page?: Page | null;
  name?: string;
  email?: string;
  offline?: boolean;
}

/**
 * Offers a call and is in it. The ack carries `call`. `private`: consult with experts only.
 */
export interface StartCall {
  t: "call.start";
  id: string;
  conv: string;
  media: ("audio" | "screen" | "video")[];
  private?: boolean;
}

/**
 * The shopper consents, asked (`cobrowse`) or by themselves. The ack carries `cobrowse`.
 *
 *     `consent`: the version of the words shown, in `lang`. `masking`: the version of the site's
 *     rules that the page keeps (`GET /api/v1/cobrowse/rules`).
 */
export interface StartCobrowse {
  t: "cobrowse.start";
  id: string;
  conv: string;
  consent: string;
  lang: string;
  masking: string;
  cobrowse?: string | null;
}

/**
 * One looks in no more (default: oneself); whoever serves lets a colleague go.
 */
export interface StopObserving {
  t: "observe.stop";
  id: string;
  conv: string;
  person?: string;
}

/**
 * Opens a stream ("inbox" or a conversation's id) on this connection.
 */
export interface Subscribe {
  t: "subscribe";
  id: string;
  stream: string;
  cursor?: [string, number] | null;
}

/**
 * A supervisor serves the conversation from now on.
 */
export interface TakeOver {
  t: "conversation.take";
  id: string;
  conv: string;
}

/**
 * Tells this side's own figures of the call, every ten seconds or so and at its end.
 */
export interface TellFigures {
  t: "call.figures";
  id: string;
  conv: string;
  call: string;
  leg: string;
  figures: Figures;
}

/**
 * One event with its place in the conversation.
 */
export interface TimelineEvent {
  seq: number;
  at: number;
  by: Person;
  event: Opened | Message | Note | Assigned | Unassigned | TransferRequested | TransferEnded | Closed | Reopened | Read | PageViewed | ContactChanged | InviteCreated | InviteEnded | ExpertJoined | ExpertAdmitted | ExpertLeft | CallStarted | CallOpened | CallWithdrawn | CallJoined | CallDeclined | CallAsked | CallMedia | CallLeft | CallEnded | CobrowseAsked | CobrowseStarted | CobrowseDeclined | ControlAsked | ControlDeclined | ControlGranted | ControlReleased | CobrowsePaused | CobrowseResumed | CobrowseEnded | IdentityAsked | IdentityOpened | IdentityFailed | IdentityVerified | IdentityConfirmed | IdentityEnded | IdentityErased | VisitorIdentified | Queued | QueueLeft | ClockStarted | ConsultAsked | ConsultEnded | ObserverJoined | ObserverLeft | RecordingAsked | RecordingConsented | RecordingStarted | RecordingPaused | RecordingResumed | RecordingEnded;
}

/**
 * An open transfer, to somebody (`to`) or to whoever of a department is free.
 */
export interface Transfer {
  by: Person;
  to?: Person | null;
  department?: Department | null;
  needs?: Need[];
  note?: string;
}

/**
 * A transfer was declined or taken back. Staff only. Accepted: `assigned` via transfer.
 */
export interface TransferEnded {
  kind: "transfer_ended";
  outcome: "cancelled" | "declined" | "unanswered";
}

/**
 * The owner asks a colleague or a department to take over, and keeps it until they accept.
 *
 *     Staff only.
 */
export interface TransferRequested {
  kind: "transfer_requested";
  to?: Person | null;
  department?: Department | null;
  needs?: Need[];
  note?: string;
}

/**
 * Ephemeral, both ways; from the server with `by`. Lasts 6 s unless renewed.
 */
export interface Typing {
  t: "typing";
  conv: string;
  on: boolean;
  by?: Person | null;
}

/**
 * Handed back to the queue; waits again at its old place.
 */
export interface Unassigned {
  kind: "unassigned";
  agent: Person;
  reason?: "gone" | "handback" | "unconnected";
}

export interface Unsubscribe {
  t: "unsubscribe";
  id: string;
  stream: string;
}

/**
 * An open request.
 *
 *     "opened": the visitor is at the bank, by `method` (an id of `GET /api/v1/identity/methods`).
 *     `failed`: how the newest attempt ended, if one did. It ends at `expires_at`.
 */
export interface VerificationState {
  id: string;
  by: Person;
  purpose: "account" | "age" | "contract" | "order" | "other" | "payment" | "refund";
  level: "high" | "low" | "substantial";
  expires_at: number;
  note?: string;
  state?: "asked" | "opened";
  attempt?: string | null;
  method?: string;
  failed?: "cancelled" | "expired" | "invalid" | "refused" | "unavailable" | null;
}

export interface ViewPage {
  t: "page.view";
  id: string;
  conv: string;
  page: Page;
}

/**
 * Ephemeral: staff looking at a conversation now.
 */
export interface Viewers {
  t: "viewers";
  conv: string;
  people: Person[];
}

/**
 * Ephemeral: staff looks at a conversation (null: at none).
 */
export interface Viewing {
  t: "viewing";
  conv?: string | null;
}

/**
 * The visitor of a conversation; `email` reaches staff only.
 */
export interface Visitor {
  id: string;
  name?: string;
  email?: string | null;
  kind?: "anonymous" | "identified" | "verified";
  customer?: string;
}

/**
 * The shop signed that the visitor is a customer of theirs. Staff only.
 */
export interface VisitorIdentified {
  kind: "identified";
  visitor: Visitor;
}

/**
 * Ephemeral: the visitor's browser is connected, or not.
 */
export interface VisitorPresence {
  t: "presence";
  conv: string;
  online: boolean;
}

/**
 * The session is open; snapshots or replays of the asked streams follow.
 */
export interface Welcome {
  t: "welcome";
  session: string;
  you: Person;
  heartbeat: number;
  now: number;
  v?: number;
}

/**
 * A closed conversation whose slot is held until the agent has finished.
 */
export interface Wrapup {
  task: string;
  conv: string;
  visitor: Visitor;
  until: number;
}

export type ClientFrame =
  | Hello
  | Beat
  | Subscribe
  | Unsubscribe
  | Start
  | Send
  | AddNote
  | MarkRead
  | ViewPage
  | SetContact
  | Accept
  | HandBack
  | RequestTransfer
  | AcceptTransfer
  | EndTransfer
  | Close
  | Reopen
  | AdmitExpert
  | RemoveExpert
  | StartCall
  | OpenCall
  | JoinCall
  | DeclineCall
  | AskMedia
  | SetMedia
  | LeaveCall
  | EndCall
  | AskCobrowse
  | StartCobrowse
  | DeclineCobrowse
  | EndCobrowse
  | PauseCobrowse
  | ResumeCobrowse
  | AskControl
  | DeclineControl
  | GrantControl
  | ReleaseControl
  | AskIdentity
  | EndIdentity
  | ConfirmIdentity
  | AskRecording
  | ConsentRecording
  | DeclineRecording
  | EndRecording
  | PauseRecording
  | ResumeRecording
  | AcceptOffer
  | RejectOffer
  | Connect
  | TakeOver
  | LeaveQueue
  | AskCallback
  | JoinQueue
  | AskConsult
  | AcceptConsult
  | EndConsult
  | Observe
  | StopObserving
  | Offer
  | AnswerTaken
  | DirectSignal
  | DirectReport
  | TellFigures
  | Typing
  | Viewing;

export type ServerFrame =
  | Welcome
  | Heartbeat
  | Ack
  | Nack
  | Snapshot
  | Event
  | InboxSnapshot
  | InboxChanges
  | Gone
  | Typing
  | Availability
  | Viewers
  | VisitorPresence
  | Desk
  | QueuePlace
  | Answer
  | Publications
  | Speaking
  | CallQuality
  | DirectTry
  | DirectSignal
  | DirectEnd
  | Bye;

export type EventBody =
  | Opened
  | Message
  | Note
  | Assigned
  | Unassigned
  | TransferRequested
  | TransferEnded
  | Closed
  | Reopened
  | Read
  | PageViewed
  | ContactChanged
  | InviteCreated
  | InviteEnded
  | ExpertJoined
  | ExpertAdmitted
  | ExpertLeft
  | CallStarted
  | CallOpened
  | CallWithdrawn
  | CallJoined
  | CallDeclined
  | CallAsked
  | CallMedia
  | CallLeft
  | CallEnded
  | CobrowseAsked
  | CobrowseStarted
  | CobrowseDeclined
  | ControlAsked
  | ControlDeclined
  | ControlGranted
  | ControlReleased
  | CobrowsePaused
  | CobrowseResumed
  | CobrowseEnded
  | IdentityAsked
  | IdentityOpened
  | IdentityFailed
  | IdentityVerified
  | IdentityConfirmed
  | IdentityEnded
  | IdentityErased
  | VisitorIdentified
  | Queued
  | QueueLeft
  | ClockStarted
  | ConsultAsked
  | ConsultEnded
  | ObserverJoined
  | ObserverLeft
  | RecordingAsked
  | RecordingConsented
  | RecordingStarted
  | RecordingPaused
  | RecordingResumed
  | RecordingEnded;

export type CobrowseOperation = "scroll" | "click" | "fill";

export const PROTOCOL_VERSION = 1;

export const MAX_FRAME = 65536;

export const MAX_TEXT = 8000;

export const MAX_FILES = 10;

export const CLOSE_TOKEN_EXPIRED = 4001;

export const CLOSE_FORBIDDEN = 4003;

export const CLOSE_SUPERSEDED = 4004;

export const CLOSE_TOO_SLOW = 4008;

export const CLOSE_FLOOD = 4009;

export const CLOSE_VERSION = 4010;

export const CLOSE_DRAINING = 4012;
