// The plainest call there is: the first person's offer lies with the second before the click, as an
// invitation does; the second answers at the click; candidates trickle both ways.
import { atClick, openDevices, showTracksOf } from './devices.js';

const role = new URLSearchParams(location.search).get('role');
const socket = new WebSocket(`ws://${location.host}/relay${location.search}`);
const connected = new Promise((done) => socket.addEventListener('open', done));
const say = (message) => socket.send(JSON.stringify(message));

let connection = null;
let invitation = null;
let early = []; // candidates that came before the click

function open(stream) {
  connection = new RTCPeerConnection();
  showTracksOf(connection);
  connection.addEventListener('icecandidate', ({ candidate }) => {
    if (candidate) say({ t: 'candidate', candidate });
  });
  return () => {
    for (const track of stream.getTracks()) connection.addTrack(track, stream);
  };
}

socket.addEventListener('message', async ({ data }) => {
  const { t, candidate, sdp } = JSON.parse(data);
  if (t === 'candidate') {
    if (connection) await connection.addIceCandidate(candidate);
    else early.push(candidate);
  } else if (t === 'offer') {
    invitation = sdp;
  } else if (t === 'answer') {
    await connection.setRemoteDescription({ type: 'answer', sdp });
  }
});

const devices = openDevices(role);

async function join() {
  const stream = await devices;
  const addTracks = open(stream);
  await connection.setRemoteDescription({ type: 'offer', sdp: invitation });
  addTracks();
  for (const candidate of early) void connection.addIceCandidate(candidate);
  early = [];
  await connection.setLocalDescription();
  say({ t: 'answer', sdp: connection.localDescription.sdp });
}
atClick(join);

window.bench = {
  /** Opens what is open before the click. */
  async prepare() {
    await Promise.all([devices, connected]);
  },
  /** Lets the first person call. */
  async call() {
    open(await devices)();
    const gathered = new Promise((done) => {
      connection.addEventListener('icegatheringstatechange', () => {
        if (connection.iceGatheringState === 'complete') done();
      });
    });
    await connection.setLocalDescription();
    say({ t: 'offer', sdp: connection.localDescription.sdp });
    await gathered;
  },
  invited: () => invitation !== null,
};
