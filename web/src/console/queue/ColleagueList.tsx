/** Colleagues to choose from: who is there, how busy they are, what they know. */
import { type Signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { Avatar } from '@/ui/avatar';
import { Field } from '@/ui/field';
import { Empty } from '../Empty';
import { useEnv } from '../env';
import {
  type Colleague,
  canAdvise,
  canTakeOver,
  findColleagues,
  presenceOf,
  skillName,
} from './colleagues';
import { langName } from './words';

const SEARCHED = 6; // as many are seen at a glance

interface ColleagueListProps {
  colleagues: readonly Colleague[];
  chosen: Signal<string | null>;
}

export function ColleagueList({ colleagues, chosen }: ColleagueListProps): VNode {
  const { q, t } = useEnv();
  const query = useSignal('');
  const shown = findColleagues(colleagues, query.value);
  return (
    <>
      {!colleagues.some(canTakeOver) && (
        <Empty title={t.transfer.nobody} text={t.transfer.nobodyText} />
      )}
      {colleagues.length > SEARCHED && (
        <Field
          label={q.transfer.search}
          type="search"
          value={query.value}
          onValue={(value) => {
            query.value = value;
          }}
        />
      )}
      {colleagues.length > 0 && (
        <fieldset class="bring-list">
          <legend class="hidden-text">{t.transfer.to}</legend>
          {shown.map((colleague) => (
            <One
              key={colleague.id}
              colleague={colleague}
              checked={chosen.value === colleague.id}
              onChoose={() => {
                chosen.value = colleague.id;
              }}
            />
          ))}
          {shown.length === 0 && <p class="faint">{q.transfer.none}</p>}
        </fieldset>
      )}
    </>
  );
}

interface OneProps {
  colleague: Colleague;
  checked: boolean;
  onChoose: () => void;
}

function One({ colleague, checked, onChoose }: OneProps): VNode {
  const { q } = useEnv();
  const { id, name, reason, used, capacity, skills = [], langs = [] } = colleague;
  const presence = presenceOf(colleague);
  const word = q.transfer.states[presence];
  const why = presence === 'away' && reason ? q.status.reasons[reason]?.toLowerCase() : '';
  const knows = [
    ...skills.map((skill) => `${skillName(skill)} ${skill.level}`),
    ...langs.map(langName),
  ].join(', ');
  return (
    <label class="bring-one">
      <input
        type="radio"
        name="to"
        checked={checked}
        disabled={!canAdvise(colleague)}
        onChange={onChoose}
      />
      <Avatar id={id} name={name} size={32} online={presence === 'free'} />
      <span class="bring-name">
        <b>{name}</b>
        {knows && <small>{knows}</small>}
      </span>
      <span class="bring-state" data-presence={presence}>
        <b>{why ? `${word}, ${why}` : word}</b>
        {capacity !== undefined && presence !== 'offline' && q.transfer.serves(used ?? 0, capacity)}
      </span>
    </label>
  );
}
