// Watches, from a page's first moment, what a person hears and sees in a call without a break.
// Sound: every remote track goes into one worklet, which measures on the audio thread how long it
// was silent; a track counts only while an <audio> element plays it. The person speaks a tone, not
// the fake microphone's beeps, so that silence is a gap. Pictures: the time between presented frames.
(() => {
  const heard = { gap: 0, silent: 0, ready: false };
  const seen = { gap: 0, frames: 0 };
  const peers = [];
  const tracks = new Map(); // remote sound -> its gain
  let context = null;
  let meter = null;

  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...args) {
      super(...args);
      peers.push(this);
      this.notes = [];
    }
    createDataChannel(...args) {
      const channel = super.createDataChannel(...args);
      this.notes.push(channel);
      return channel;
    }
  };

  const METER = `registerProcessor('meter', class extends AudioWorkletProcessor {
    constructor() {
      super();
      this.run = 0; this.worst = 0; this.sounded = false;
      this.port.onmessage = () => { this.worst = 0; this.run = 0; };
    }
    process([input]) {
      let energy = 0;
      for (const value of input[0] ?? []) energy += value * value;
      const seconds = 128 / sampleRate;
      if (energy > 128 * 1e-6) {
        if (this.sounded && this.run > this.worst) this.worst = this.run;
        this.run = 0; this.sounded = true;
      } else this.run += seconds;
      this.count = (this.count ?? 0) + 1;
      if (this.count % 8 === 0) this.port.postMessage(
        { worst: Math.max(this.worst, this.sounded ? this.run : 0), run: this.run, sounded: this.sounded });
      return true;
    }
  });`;

  const begin = async () => {
    context = new AudioContext();
    await context.audioWorklet.addModule(
      URL.createObjectURL(new Blob([METER], { type: 'text/javascript' })));
    meter = new AudioWorkletNode(context, 'meter', { numberOfInputs: 1, numberOfOutputs: 0 });
    meter.port.onmessage = ({ data }) => {
      heard.gap = data.worst * 1000; heard.silent = data.run * 1000; heard.ready = data.sounded;
    };
  };

  const played = () => new Set([...document.querySelectorAll('audio')].flatMap(
    (audio) => audio.paused ? [] : audio.srcObject?.getAudioTracks() ?? []));

  const follow = () => {
    if (meter) {
      for (const peer of peers) {
        for (const { track } of peer.getReceivers()) {
          if (track?.kind !== 'audio' || tracks.has(track)) continue;
          const gain = context.createGain();
          gain.gain.value = 0;
          context.createMediaStreamSource(new MediaStream([track])).connect(gain).connect(meter);
          tracks.set(track, gain);
        }
      }
      const now = played();
      for (const [track, gain] of tracks) gain.gain.value = now.has(track) ? 1 : 0;
    }
    setTimeout(follow, 10);
  };

  const watched = new WeakSet();
  const look = () => {
    for (const video of document.querySelectorAll('video[aria-label^="Picture of"]')) {
      if (watched.has(video)) continue;
      watched.add(video);
      let last = null;
      const frame = (now) => {
        if (last !== null) seen.gap = Math.max(seen.gap, now - last);
        last = now;
        seen.frames += 1;
        if (video.isConnected) video.requestVideoFrameCallback(frame);
      };
      video.requestVideoFrameCallback(frame);
    }
    setTimeout(look, 50);
  };

  const devices = navigator.mediaDevices;
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    for (const track of stream.getAudioTracks()) {
      const speaker = new AudioContext();
      const tone = new OscillatorNode(speaker, { frequency: 440 });
      const out = speaker.createMediaStreamDestination();
      tone.connect(new GainNode(speaker, { gain: 0.3 })).connect(out);
      tone.start();
      stream.removeTrack(track);
      track.stop();
      stream.addTrack(out.stream.getAudioTracks()[0]);
    }
    return stream;
  };

  window.continuity = {
    peers, heard, seen,
    /** The connection that goes to the other browser. */
    direct: () => peers.findLast((peer) => peer.notes.length > 0 && peer.connectionState !== 'closed'),
    reset() { meter.port.postMessage(0); heard.gap = 0; seen.gap = 0; },
  };
  begin();
  follow();
  addEventListener('DOMContentLoaded', look);
})();
