/** A picture of noise that moves: it takes all the bits that it is given, as a check needs. */

const WIDTH = 640;
const HEIGHT = 360;
const RATE = 30; // frames per second
const GRAIN = 2; // px; finer is smoothed away by encoders at these rates

/** Draws until it is stopped. */
export function noisePicture(): { readonly track: MediaStreamTrack; stop(): void } {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext('2d', { alpha: false });
  const grain = noise(WIDTH / GRAIN, HEIGHT / GRAIN);
  const draw = () => {
    if (!context) return;
    context.imageSmoothingEnabled = false;
    const [x, y] = [-Math.random() * WIDTH, -Math.random() * HEIGHT];
    for (const dx of [0, WIDTH]) {
      for (const dy of [0, HEIGHT]) context.drawImage(grain, x + dx, y + dy, WIDTH, HEIGHT);
    }
  };
  draw();
  const timer = setInterval(draw, 1000 / RATE);
  const [track] = canvas.captureStream(RATE).getVideoTracks();
  if (!track) throw new Error('a canvas gave no picture');
  track.contentHint = 'motion';
  return {
    track,
    stop() {
      clearInterval(timer);
      track.stop();
    },
  };
}

function noise(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  const image = new ImageData(width, height);
  for (let i = 0; i < image.data.length; i += 4) {
    image.data[i] = Math.random() * 256;
    image.data[i + 1] = Math.random() * 256;
    image.data[i + 2] = Math.random() * 256;
    image.data[i + 3] = 255;
  }
  context?.putImageData(image, 0, 0);
  return canvas;
}
