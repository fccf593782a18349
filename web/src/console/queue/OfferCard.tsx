/** One offer: who, what, why, until when; taken or let pass by one press. */
import type { ComponentChildren, VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { Reservation } from '@/client/protocol.gen';
import { timeText } from '@/i18n';
import { Button } from '@/ui/button';
import {
  CameraIcon,
  ChatIcon,
  ClockIcon,
  NoteIcon,
  PageIcon,
  PhoneIcon,
  TransferIcon,
  VerifiedIcon,
} from '@/ui/icons';
import { useEnv } from '../env';
import { keyOf, showKey } from '../keys';
import { visitorName } from '../names';
import { isMac } from '../platform';
import { answerOffer } from '../run';
import { clock } from '../views';
import { WhyIcon } from './icons';
import { offerKey } from './offers';
import { Ring } from './Ring';
import { langName, needsText, whyText } from './words';

const MODES = { chat: ChatIcon, voice: PhoneIcon, video: CameraIcon, callback: PhoneIcon };

const SETTLES = 400; // ms

interface OfferCardProps {
  offer: Reservation;
  /** The one that the keys answer. */
  first: boolean;
}

export function OfferCard({ offer, first }: OfferCardProps): VNode {
  const env = useEnv();
  const { prefs, q, screen, standing, t } = env;
  const o = q.offer;
  const name = visitorName(offer.visitor, t);
  const busy = standing.busy(offerKey(offer));
  const came = useRef(performance.now());
  const answer = (accept: boolean) => {
    // A press that was on its way to what stood here before is no answer.
    if (performance.now() - came.current > SETTLES) void answerOffer(offer, accept, env);
  };
  const key = (action: 'offerAccept' | 'offerReject') => {
    const chosen = first ? keyOf(action, prefs.keys.value) : '';
    return chosen && <kbd>{showKey(chosen, isMac)}</kbd>;
  };
  return (
    <article
      class="offer"
      data-first={first || undefined}
      aria-label={`${titleOf(offer, o)}: ${name}`}
    >
      <header class="offer-head">
        <Ring
          from={offer.offered_at}
          until={offer.deadline_at}
          now={screen.now.value}
          label={o.left}
        />
        <div class="offer-who">
          <p class="offer-title">{titleOf(offer, o)}</p>
          <h2>
            {name}
            {offer.visitor.kind === 'verified' && (
              <span class="offer-verified" title={o.kinds.verified}>
                <VerifiedIcon size={16} />
                <span class="hidden-text">{o.kinds.verified}</span>
              </span>
            )}
          </h2>
          <Facts offer={offer} />
        </div>
      </header>
      {offer.text && (
        <p class="offer-text">
          <span>{offer.text}</span>
        </p>
      )}
      <ul class="offer-facts">
        <Details offer={offer} />
      </ul>
      <div class="offer-acts">
        <Button variant="primary" busy={busy} onClick={() => answer(true)}>
          {o.accept}
          <span class="hidden-text">{name}</span>
          {key('offerAccept')}
        </Button>
        <Button disabled={busy} onClick={() => answer(false)}>
          {o.reject}
          <span class="hidden-text">{name}</span>
          {key('offerReject')}
        </Button>
      </div>
    </article>
  );
}

function titleOf(offer: Reservation, o: ReturnType<typeof useEnv>['q']['offer']): string {
  if (offer.transfer) return o.transfer(offer.transfer.name ?? '');
  return offer.mode === 'callback' ? o.callback : o.title;
}

/** Where it belongs, on which channel, in which language, and whether the customer is known. */
function Facts({ offer }: { offer: Reservation }): VNode {
  const { q } = useEnv();
  const Mode = MODES[offer.mode];
  const kind = offer.visitor.kind ?? 'anonymous';
  return (
    <p class="offer-sub">
      <span>{offer.department.name}</span>
      <span class="offer-mode">
        <Mode size={14} />
        {q.offer.modes[offer.mode]}
      </span>
      <span title={q.offer.speaks(langName(offer.lang))}>{langName(offer.lang)}</span>
      {kind === 'identified' && <span>{q.offer.kinds.identified}</span>}
    </p>
  );
}

function Details({ offer }: { offer: Reservation }): VNode {
  const { lang, q, screen } = useEnv();
  const o = q.offer;
  const waited = Math.max(0, Math.floor((screen.now.value - offer.since) / 1000));
  const needs = needsText(offer.needs ?? []);
  const page = offer.page?.title || offer.page?.url;
  return (
    <>
      {offer.callback_at != null && (
        <Fact icon={<PhoneIcon size={16} />}>
          {o.callAt(timeText(offer.callback_at, lang))}
          {offer.phone && (
            <b class="offer-phone">
              <span class="hidden-text">{`, ${o.phone} `}</span>
              {offer.phone}
            </b>
          )}
        </Fact>
      )}
      {offer.note && <Fact icon={<NoteIcon size={16} />}>{offer.note}</Fact>}
      {page && <Fact icon={<PageIcon size={16} />}>{page}</Fact>}
      <Fact icon={<ClockIcon size={16} />}>
        {o.waited(clock(waited))}
        {needs && ` · ${o.needs(needs)}`}
      </Fact>
      <Fact icon={offer.transfer ? <TransferIcon size={16} /> : <WhyIcon size={16} />} why>
        <span class="hidden-text">{`${o.why}: `}</span>
        {whyText(offer.why, q, true)}
      </Fact>
    </>
  );
}

interface FactProps {
  icon: ComponentChildren;
  why?: boolean;
  children: ComponentChildren;
}

function Fact({ icon, why = false, children }: FactProps): VNode {
  return (
    <li data-why={why || undefined}>
      {icon}
      <span>{children}</span>
    </li>
  );
}
