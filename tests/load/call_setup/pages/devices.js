// What both pages of the bench have in common: the same devices as Tiski's pages open, and where
// the pictures are shown.
const SIZES = { staff: [1280, 720], visitor: [640, 360] };

/** Opens camera and microphone, and shows the camera as Tiski's look at the devices does. */
export async function openDevices(role) {
  const [width, height] = SIZES[role];
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    video: { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: 24, max: 30 } },
  });
  document.getElementById('mine').srcObject = stream;
  return stream;
}

/** Shows and plays what comes on a connection. */
export function showTracksOf(connection) {
  const theirs = document.getElementById('theirs');
  connection.addEventListener('track', ({ streams: [stream] }) => {
    if (theirs.srcObject !== stream) theirs.srcObject = stream;
  });
}

/** Runs `join` at the click. */
export function atClick(join) {
  document.getElementById('join').addEventListener('click', () => void join());
}
