/** Departments to choose from, and what whoever takes over there should know. */
import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';
import type { Need } from '@/client/protocol.gen';
import { useEnv } from '../env';
import { type Colleague, type DepartmentInfo, type SkillLevel, skillsOf } from './colleagues';

interface DepartmentListProps {
  departments: readonly DepartmentInfo[];
  colleagues: readonly Colleague[];
  chosen: Signal<string | null>;
  needs: Signal<readonly Need[]>;
}

export function DepartmentList(props: DepartmentListProps): VNode {
  const { departments, colleagues, chosen, needs } = props;
  const { q } = useEnv();
  const x = q.transfer;
  const skills = chosen.value ? skillsOf(colleagues, chosen.value) : [];
  if (departments.length === 0) return <p>{x.noDepartment}</p>;
  return (
    <>
      <fieldset class="bring-list">
        <legend class="hidden-text">{x.department}</legend>
        {departments.map(({ id, name, open, staffed }) => (
          <label key={id} class="bring-one">
            <input
              type="radio"
              name="department"
              checked={chosen.value === id}
              disabled={!open || !staffed}
              onChange={() => {
                chosen.value = id;
                needs.value = [];
              }}
            />
            <span />
            <span class="bring-name">
              <b>{name}</b>
            </span>
            <span class="bring-state" data-presence={open && staffed ? 'free' : 'away'}>
              <b>{!open ? x.closed : staffed ? x.staffed : x.unstaffed}</b>
            </span>
          </label>
        ))}
      </fieldset>
      {skills.length > 0 && (
        <fieldset class="bring-needs">
          <legend>{x.needs}</legend>
          {skills.map((skill) => (
            <Wanted key={skill.skill} of={skill} needs={needs} />
          ))}
        </fieldset>
      )}
    </>
  );
}

/** `of`: a skill with the best level that somebody there has. */
function Wanted({ of, needs }: { of: SkillLevel; needs: Signal<readonly Need[]> }): VNode {
  const { q } = useEnv();
  const wanted = needs.value.find(({ skill }) => skill === of.skill);
  const others = needs.value.filter(({ skill }) => skill !== of.skill);
  const levels = q.transfer.levels.slice(0, of.level);
  return (
    <span class="check">
      <label class="check">
        <input
          type="checkbox"
          checked={wanted !== undefined}
          onChange={(event) => {
            const on = event.currentTarget.checked;
            needs.value = on ? [...others, { skill: of.skill, level: 1 }] : others;
          }}
        />
        {of.skill}
      </label>
      {wanted && (
        <select
          aria-label={q.transfer.level(of.skill)}
          value={wanted.level}
          onChange={(event) => {
            const level = Number(event.currentTarget.value);
            needs.value = [...others, { skill: of.skill, level }];
          }}
        >
          {levels.map((word, at) => (
            <option key={word} value={at + 1}>
              {`${at + 1}+ ${word}`}
            </option>
          ))}
        </select>
      )}
    </span>
  );
}
