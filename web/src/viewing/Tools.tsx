/** The tools under the mirror: what the pointer does, wiping, and scrolling with the shopper. */
import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { Tool } from '@/player/port.ts';
import { IconButton } from '@/ui/button.tsx';
import { useZone } from './context.ts';
import {
  ControlIcon,
  FollowIcon,
  FrameIcon,
  LaserIcon,
  LookIcon,
  PenIcon,
  WipeIcon,
} from './icons.tsx';

/** The letters act while the focus is in the zone (WCAG 2.1.4). */
export const TOOL_KEYS: Readonly<Record<Tool, string>> = {
  none: 'v',
  laser: 'l',
  pen: 'd',
  highlight: 'h',
  control: 'c',
};
export const WIPE_KEY = 'x';
export const FOLLOW_KEY = 'f';

const ICONS = {
  none: LookIcon,
  laser: LaserIcon,
  pen: PenIcon,
  highlight: FrameIcon,
  control: ControlIcon,
};

export function Tools({ granted }: { granted: boolean }): VNode {
  const { client, keys, words } = useZone();
  const name = useId();
  const tools: Tool[] = ['none', 'laser', 'pen', 'highlight'];
  if (granted) tools.push('control');
  return (
    <div class="viewing-tools">
      <fieldset class="viewing-pick">
        <legend class="hidden-text">{words.tools}</legend>
        {tools.map((tool) => {
          const Icon = ICONS[tool];
          return (
            <label key={tool} title={words.tool[tool]} data-tool={tool}>
              <input
                type="radio"
                name={name}
                checked={client.tool.value === tool}
                aria-keyshortcuts={keys ? TOOL_KEYS[tool].toUpperCase() : undefined}
                onChange={() => client.choose(tool)}
              />
              <Icon size={18} />
              <span class="viewing-name">{words.tool[tool]}</span>
              <Key of={TOOL_KEYS[tool]} />
            </label>
          );
        })}
      </fieldset>
      <IconButton
        label={words.clear}
        icon={<WipeIcon size={18} />}
        aria-keyshortcuts={keys ? WIPE_KEY.toUpperCase() : undefined}
        onClick={() => client.clear()}
      />
      <IconButton
        label={words.follow}
        icon={<FollowIcon size={18} />}
        pressed={client.follow.value}
        aria-keyshortcuts={keys ? FOLLOW_KEY.toUpperCase() : undefined}
        onClick={() => client.setFollow(!client.follow.value)}
      />
    </div>
  );
}

function Key({ of }: { of: string }): VNode | null {
  const { keys } = useZone();
  return keys ? <kbd class="viewing-key">{of.toUpperCase()}</kbd> : null;
}
