/** The request as the shopper gets it: the widget's own words, in the shopper's language. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ConversationState } from '@/client/protocol.gen';
import { LANG_NAMES, LANGS, type Lang } from '@/i18n';
import type { IdentityWords } from '@/identity/widget/strings.en';
import { useEnv } from '../env';
import type { Wish } from './ask';

/** Fetched when a dialog opens: staff's own language is often another. */
const WORDS: Readonly<Record<Lang, () => Promise<IdentityWords>>> = {
  en: async () => (await import('@/identity/widget/strings.en')).en,
  fi: async () => (await import('@/identity/widget/strings.fi')).fi,
  sv: async () => (await import('@/identity/widget/strings.sv')).sv,
};

export function Preview({ state, wish }: { state: ConversationState; wish: Wish }): VNode {
  const { desk, lang, proofs, who } = useEnv();
  const words = useSignal<IdentityWords | null>(null);
  const theirs = LANGS.find((known) => known === state.lang) ?? 'en';
  useEffect(() => {
    WORDS[theirs]()
      .then((found) => {
        words.value = found;
      })
      .catch(() => {}); // without a connection nothing can be asked either
  }, [theirs, words]);
  const { name } = desk.me.agent;
  const note = wish.note.trim();
  const told = words.value;
  return (
    <section class="ask-preview">
      <h3>{theirs === lang ? who.ask.preview : who.ask.previewIn(LANG_NAMES[theirs])}</h3>
      <blockquote lang={theirs}>
        {told && (
          <>
            <b>{told.asked(name)}</b>
            <p>{told.purpose[wish.purpose]}</p>
            {note && (
              <p dir="auto">
                {told.note(name)} {note}
              </p>
            )}
            <p class="faint">
              {told.passed(desk.me.site.name)} {told.seen(name)}
            </p>
            <p class="ask-buttons" aria-hidden="true">
              {[...(proofs.proving(wish.level) ?? []), told.notNow].map((label) => (
                <span key={label}>{label}</span>
              ))}
            </p>
          </>
        )}
      </blockquote>
    </section>
  );
}
