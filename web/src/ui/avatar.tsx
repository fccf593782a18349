/** A person by their initials, in a colour that stays theirs. Decorative: the name stands beside it. */
import './avatar.css';

export interface AvatarProps {
  id: string;
  name: string;
  /** Pixels. */
  size?: number;
  online?: boolean;
}

export function Avatar({ id, name, size = 36, online = false }: AvatarProps) {
  return (
    <span
      class={online ? 'avatar avatar-online' : 'avatar'}
      style={{ '--hue': hueOf(id), '--avatar': `${size}px` }}
      aria-hidden="true"
    >
      {initials(name)}
    </span>
  );
}

/** The first letters of the first and last word; a dot for nobody. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return letters.map((word) => (word ? [...word][0]?.toUpperCase() : '')).join('') || '·';
}

function hueOf(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 3600;
  return sum / 10;
}
