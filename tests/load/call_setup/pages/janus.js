// A call in a room of Janus' videoroom plugin, over its WebSocket API, in the steps of its own demo:
// join, publish on one connection; take what the others publish on a second. Session and both
// handles are there before the click. https://janus.conf.meetecho.com/docs/videoroom
import { atClick, openDevices, showTracksOf } from './devices.js';

const given = new URLSearchParams(location.search);
const room = Number(given.get('room'));
const PLUGIN = 'janus.plugin.videoroom';

const socket = new WebSocket(given.get('janus'), 'janus-protocol');
const waiting = new Map(); // transaction -> what takes its answer
const handlers = new Map(); // handle -> what takes its events
let session = 0;
let transactions = 0;

function ask(request) {
  transactions += 1;
  const transaction = String(transactions);
  const named = session ? { session_id: session } : {};
  socket.send(JSON.stringify({ ...request, ...named, transaction }));
  return new Promise((done, failed) => waiting.set(transaction, { done, failed }));
}

const say = (handle, body, jsep) =>
  ask({ janus: 'message', handle_id: handle, body, ...(jsep ? { jsep } : {}) });

socket.addEventListener('message', ({ data }) => {
  const message = JSON.parse(data);
  if (message.janus === 'ack' && !('plugindata' in message)) return;
  const asked = waiting.get(message.transaction);
  waiting.delete(message.transaction);
  const error = message.error ?? message.plugindata?.data?.error;
  if (asked && error) asked.failed(new Error(JSON.stringify(error)));
  else if (asked) asked.done(message);
  else handlers.get(message.sender)?.(message.plugindata?.data ?? {});
});

function connect(handle) {
  const connection = new RTCPeerConnection();
  connection.addEventListener('icecandidate', ({ candidate }) => {
    const end = { completed: true };
    void ask({ janus: 'trickle', handle_id: handle, candidate: candidate ?? end }).catch(() => {});
  });
  return connection;
}

async function publish(handle, stream) {
  const connection = connect(handle);
  for (const track of stream.getTracks()) {
    connection.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
  }
  await connection.setLocalDescription();
  const { jsep } = await say(handle, { request: 'publish' }, connection.localDescription);
  await connection.setRemoteDescription(jsep);
}

let taken = false;
async function take(handle, publishers) {
  const [publisher] = publishers ?? [];
  if (!publisher || taken) return;
  taken = true;
  const streams = [{ feed: publisher.id }];
  const { jsep } = await say(handle, { request: 'join', ptype: 'subscriber', room, streams });
  const connection = connect(handle);
  showTracksOf(connection);
  await connection.setRemoteDescription(jsep);
  await connection.setLocalDescription();
  await say(handle, { request: 'start' }, connection.localDescription);
}

const devices = openDevices(given.get('role'));
const handles = [];

async function join() {
  const stream = await devices;
  const [sending, receiving] = handles;
  const { plugindata } = await say(sending, { request: 'join', ptype: 'publisher', room });
  await Promise.all([publish(sending, stream), take(receiving, plugindata.data.publishers)]);
}
atClick(join);

window.bench = {
  /** Opens what is open before the click. */
  async prepare() {
    await new Promise((done) => {
      if (socket.readyState === WebSocket.OPEN) done();
      else socket.addEventListener('open', done);
    });
    session = (await ask({ janus: 'create' })).data.id;
    for (let i = 0; i < 2; i += 1) {
      handles.push((await ask({ janus: 'attach', plugin: PLUGIN })).data.id);
    }
    handlers.set(handles[0], ({ publishers }) => void take(handles[1], publishers));
    await devices;
  },
  /** Makes the room, for both. */
  make: () => say(handles[0], { request: 'create', room, publishers: 6 }),
  join,
  leave: () => ask({ janus: 'destroy' }),
};
