/** Something is under way. Decorative without a label: then words beside it must say so. */
import './spinner.css';

export function Spinner({ label }: { label?: string }) {
  return label ? (
    <span class="spinner" role="img" aria-label={label} />
  ) : (
    <span class="spinner" aria-hidden="true" />
  );
}
