/** The floor in a few numbers. */
import type { VNode } from 'preact';
import { useEnv } from '../env';
import { clock, urgency } from '../views';
import { useFloor } from './context';
import { percent, totals } from './overview';
import { KINDS } from './wire';

export function Tiles(): VNode {
  const { screen } = useEnv();
  const { f, floor } = useFloor();
  const t = f.tiles;
  const sum = totals(floor);
  const waited =
    sum.longest === null ? null : Math.max(0, Math.floor((screen.now.value - sum.longest) / 1000));
  return (
    <section class="tiles" aria-label={t.label}>
      <dl>
        <div class="tile">
          <dt>{t.waiting}</dt>
          <dd>{sum.waiting}</dd>
        </div>
        <div class="tile" data-urgency={waited === null ? undefined : urgency(waited)}>
          <dt>{t.longest}</dt>
          <dd>{waited === null ? <span class="tile-none">{t.nobody}</span> : clock(waited)}</dd>
        </div>
        <div class="tile">
          <dt>{t.offered}</dt>
          <dd>{sum.offered}</dd>
        </div>
        <div class="tile tile-wide">
          <dt>{t.agents}</dt>
          <dd class="tile-list">
            <span>
              <i class="dot" data-presence="available" />
              {t.available(sum.available)}
            </span>
            <span>
              <i class="dot" data-presence="away" />
              {t.away(sum.away)}
            </span>
            <span data-pressing={sum.notResponding > 0 || undefined}>
              <i class="dot" data-presence={sum.notResponding > 0 ? 'not_responding' : undefined} />
              {t.notResponding(sum.notResponding)}
            </span>
          </dd>
        </div>
        <div class="tile tile-wide">
          <dt>{t.level}</dt>
          <dd class="tile-levels">
            {KINDS.map((kind) => {
              const score = sum.level[kind];
              const share = percent(score);
              return (
                <span key={kind}>
                  <b>{share === null ? '–' : `${share} %`}</b>
                  <small>{t.kinds[kind]}</small>
                  <small class="faint">
                    {share === null
                      ? t.none
                      : t.of(score.achieved, score.achieved + score.breached)}
                  </small>
                </span>
              );
            })}
          </dd>
        </div>
      </dl>
    </section>
  );
}
