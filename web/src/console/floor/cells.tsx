/**
 * Rows that read as a table where there is room and as cards on a phone: each cell carries its own
 * name, told always to screen readers and shown where the head of the columns is not.
 */
import type { ComponentChildren, VNode } from 'preact';

interface CellProps {
  label: string;
  number?: boolean;
  children: ComponentChildren;
}

export function Cell({ label, number = false, children }: CellProps): VNode {
  return (
    <span class={number ? 'cell cell-number' : 'cell'}>
      <span class="cell-label">{label}</span>
      <span class="cell-value">{children}</span>
    </span>
  );
}

interface HeadRowProps {
  class: string;
  labels: readonly string[];
}

export function HeadRow({ class: columns, labels }: HeadRowProps): VNode {
  return (
    <div class={`floor-columns ${columns}`} aria-hidden="true">
      {labels.map((label) => (
        <span key={label}>{label}</span>
      ))}
    </div>
  );
}
