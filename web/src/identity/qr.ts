/** Draws what a QR code says as one path of an SVG. Pure. */
import { encode } from 'uqr';

/** The light margin that readers need (ISO/IEC 18004), in modules. */
const QUIET = 4;

export interface Drawn {
  /** The side of the square, its margin included; the path's unit is one module. */
  size: number;
  /** Path data of the dark modules: one rectangle for each run of a row. */
  path: string;
}

export function drawQr(text: string): Drawn {
  const { data, size } = encode(text, { ecc: 'L', border: QUIET });
  let path = '';
  data.forEach((row, y) => {
    for (let x = 0; x < size; x++) {
      if (!row[x]) continue;
      const start = x;
      while (row[x + 1]) x++;
      path += `M${start} ${y}h${x + 1 - start}v1H${start}z`;
    }
  });
  return { size, path };
}
