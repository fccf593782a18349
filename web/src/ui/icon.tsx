/** How our icons are drawn: 24 px grid, strokes in the text's colour. Decorative; labels say the rest. */
export interface IconProps {
  /** Pixels. */
  size?: number;
}

/** `path`: SVG path data; `stroke`: its width. */
export function icon(path: string, stroke = 1.75) {
  return function Icon({ size = 20 }: IconProps) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        stroke-width={stroke}
        stroke-linecap="round"
        stroke-linejoin="round"
        aria-hidden="true"
      >
        <path d={path} />
      </svg>
    );
  };
}
