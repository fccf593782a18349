/** The counter: a bell on a desk, and the name. */
import type { VNode } from 'preact';
import './logo.css';

export function Logo({ mark = false }: { mark?: boolean }): VNode {
  return (
    <span class="logo">
      <svg width="28" height="28" viewBox="0 0 28 28" aria-hidden="true">
        <rect width="28" height="28" rx="8" fill="var(--accent)" />
        <path
          d="M14 7.200v1.900M8 17.500a6 6 0 0 1 12 0zM6.500 20.300h15"
          fill="none"
          stroke="var(--on-accent)"
          stroke-width="2"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </svg>
      {!mark && <b>Tiski</b>}
    </span>
  );
}
