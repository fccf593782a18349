/**
 * The call in a small window above everything. At the top level of a window the whole stage moves
 * there (Document Picture-in-Picture, which browsers refuse to frames); in a frame, one picture
 * (Picture-in-Picture of the video element).
 */
interface DocumentPip {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
  readonly window: Window | null;
}

const SIZE = { width: 360, height: 270 };

function documentPip(): DocumentPip | null {
  const pip = (window as Window & { documentPictureInPicture?: DocumentPip })
    .documentPictureInPicture;
  return pip && window.top === window ? pip : null;
}

export function pipSupported(): boolean {
  return documentPip() !== null || document.pictureInPictureEnabled === true;
}

/** Opens the small window, or closes it. Must be called from a click. */
export async function togglePip(stage: HTMLElement): Promise<void> {
  const pip = documentPip();
  if (pip?.window) {
    pip.window.close();
  } else if (document.pictureInPictureElement) {
    await document.exitPictureInPicture();
  } else if (pip) {
    await moveToWindow(pip, stage);
  } else {
    const video =
      stage.querySelector<HTMLVideoElement>('.call-tile-large video') ??
      stage.querySelector<HTMLVideoElement>('video');
    await video?.requestPictureInPicture();
  }
}

async function moveToWindow(pip: DocumentPip, stage: HTMLElement): Promise<void> {
  const small = await pip.requestWindow(SIZE);
  for (const sheet of document.querySelectorAll('link[rel="stylesheet"], style')) {
    small.document.head.append(sheet.cloneNode(true));
  }
  small.document.documentElement.lang = document.documentElement.lang;
  small.document.body.classList.add('call-pip');
  const place = document.createComment('the call’s stage is in a small window');
  stage.replaceWith(place);
  small.document.body.append(stage);
  play(stage);
  small.addEventListener('pagehide', () => {
    place.replaceWith(stage);
    play(stage);
  });
}

/** Moving an element between documents pauses its media. */
function play(stage: HTMLElement): void {
  for (const video of stage.querySelectorAll('video')) video.play().catch(() => {});
}
