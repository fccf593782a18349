/** An empty place: what it means, and what to do next. */
import type { ComponentChildren, VNode } from 'preact';

interface EmptyProps {
  icon?: ComponentChildren;
  title: string;
  text: string;
  children?: ComponentChildren;
}

export function Empty({ icon, title, text, children }: EmptyProps): VNode {
  return (
    <div class="empty">
      {icon}
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  );
}
