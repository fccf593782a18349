/**
 * Short notices that come and stay until read: shown in order, told by a live region, gone after
 * ten seconds unless they alone offer something to do (WCAG 2.2.1).
 */
import { signal } from '@preact/signals';
import { Button, IconButton } from './button.tsx';
import { CloseIcon } from './icons.tsx';
import './toast.css';

const STAYS = 10_000;

interface Toast {
  id: number;
  text: string;
  action?: { label: string; run: () => void } | undefined;
}

const toasts = signal<Toast[]>([]);
let last = 0;

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** Show a notice; one with the same words is replaced. `passing`: what it offers is at hand elsewhere too. */
export function toast(
  text: string,
  action?: Toast['action'],
  passing = action === undefined,
): void {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value.filter((other) => other.text !== text), { id, text, action }];
  if (passing) setTimeout(() => dismiss(id), STAYS);
}

/** The place where notices are shown; render it once. */
export function Toasts({ closeLabel }: { closeLabel: string }) {
  return (
    <div class="toasts" role="status">
      {toasts.value.map(({ id, text, action }) => (
        <div key={id} class="toast">
          <span class="toast-text">{text}</span>
          {action && (
            <Button
              variant="quiet"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <IconButton label={closeLabel} icon={<CloseIcon />} onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
