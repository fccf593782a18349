/** How a call was, under its end in the timeline: asked for when a supervisor opens it. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ApiError } from '@/client/api';
import type { Person } from '@/client/protocol.gen';
import { Button } from '@/ui/button';
import { Spinner } from '@/ui/spinner';
import { useEnv } from '../env';
import './report.css';
import { type CallReport, linesOf, reasonsOf } from './rows';
import { REPORT } from './strings';

interface CallQualityProps {
  conv: string;
  call: string;
  /** How a person of the call is known; null: by nothing but what they are. */
  nameOf: (person: Pick<Person, 'id' | 'role'>) => string;
}

type Found = CallReport | 'loading' | 'none' | 'failed' | null;

export function CallQuality({ conv, call, nameOf }: CallQualityProps): VNode {
  const { lang, session } = useEnv();
  const t = REPORT[lang];
  const found = useSignal<Found>(null);
  const load = async () => {
    found.value = 'loading';
    try {
      const path = `/agent/conversations/${encodeURIComponent(conv)}/calls/${encodeURIComponent(call)}/figures`;
      found.value = await session.cookieApi.get<CallReport>(path);
    } catch (error) {
      found.value = error instanceof ApiError && error.status === 404 ? 'none' : 'failed';
    }
  };
  const report = found.value;
  return (
    <details
      class="report"
      onToggle={(event) => {
        // Figures of the last seconds come after the call: each opening asks anew.
        if (event.currentTarget.open) void load();
      }}
    >
      <summary>{t.title}</summary>
      {report === 'loading' && <Spinner label={t.loading} />}
      {report === 'none' && <p role="status">{t.none}</p>}
      {report === 'failed' && (
        <p role="alert">
          {t.failed} <Button onClick={() => void load()}>{t.retry}</Button>
        </p>
      )}
      {report !== null && typeof report === 'object' && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <section class="report-scroll" aria-label={t.table} tabIndex={0}>
          <table>
            <caption class="hidden-text">{t.table}</caption>
            <thead>
              <tr>
                <td />
                {report.parts.map((part) => (
                  <th key={part.person} scope="col">
                    {nameOf({ id: part.person, role: part.role })}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              <tr>
                <th scope="row">{t.verdict}</th>
                {report.parts.map((part) => (
                  <td key={part.person} data-verdict={part.verdict.word}>
                    <b>{t.words[part.verdict.word]}</b>
                    {part.verdict.reasons.length > 0 && <span>{reasonsOf(part, t)}</span>}
                  </td>
                ))}
              </tr>
              {linesOf(report.parts, t, lang).map(({ key, label, cells }) => (
                <tr key={key}>
                  <th scope="row">{label}</th>
                  {cells.map((cell, at) => (
                    <td key={report.parts[at]?.person}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}
