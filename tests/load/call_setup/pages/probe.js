// Notes when things happen in a page that makes a call, in milliseconds since 1970 by the page's
// own monotonic clock. The same script runs in every kind of call, before the page's own scripts.
//
// shown: the first frame of a remote picture was presented by a <video> of the page.
// heard: the first remote sound was handed to the output. People speak a tone, not the fake
// microphone's beep a second, so that the first packet is sound already.
(() => {
  const now = () => performance.timeOrigin + performance.now();
  const marks = [];
  const mark = (name, at = now()) => marks.push([name, at]);
  const peers = [];
  let complete;
  const both = new Promise((done) => {
    complete = done;
  });
  const seen = { shown: null, heard: null };
  const see = (what, at = now()) => {
    if (seen[what] !== null) return;
    seen[what] = at;
    mark(what, at);
    if (seen.shown !== null && seen.heard !== null) complete();
  };

  const listen = (receiver) => {
    if (receiver.getSynchronizationSources().length > 0) see('heard');
    else if (seen.heard === null) setTimeout(() => listen(receiver), 4);
  };

  const NativePeer = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends NativePeer {
    constructor(...given) {
      super(...given);
      mark('connection made');
      peers.push(this);
      this.addEventListener('track', ({ receiver, track }) => {
        if (track.kind === 'audio') listen(receiver);
      });
      this.addEventListener('iceconnectionstatechange', () => mark(`ICE ${this.iceConnectionState}`));
      this.addEventListener('connectionstatechange', () => mark(`DTLS ${this.connectionState}`));
    }
    async setLocalDescription(...given) {
      await super.setLocalDescription(...given);
      mark(`${this.localDescription.type} made`);
    }
    async setRemoteDescription(description) {
      await super.setRemoteDescription(description);
      mark(`${description.type} taken in`);
    }
  };

  const kindOf = (data) => {
    const { t, janus, plugindata } = JSON.parse(data);
    return plugindata?.data?.videoroom ?? t ?? janus ?? 'message';
  };
  const NativeSocket = window.WebSocket;
  window.WebSocket = class extends NativeSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => mark(`came ${kindOf(data)}`));
    }
    send(data) {
      mark(`said ${kindOf(data)}`);
      super.send(data);
    }
  };

  // Only frames that came over the network have a time of receipt: our own preview has none.
  const watch = (video) => {
    video.requestVideoFrameCallback((_, { receiveTime, presentationTime }) => {
      if (receiveTime === undefined) {
        if (seen.shown === null) watch(video);
        return;
      }
      mark('picture came', performance.timeOrigin + receiveTime);
      see('shown', performance.timeOrigin + presentationTime);
    });
  };
  const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    ...source,
    set(stream) {
      source.set.call(this, stream);
      if (stream && this instanceof HTMLVideoElement) watch(this);
    },
  });

  const devices = navigator.mediaDevices;
  const ask = devices?.getUserMedia.bind(devices);
  if (ask) {
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
  }

  window.setup = {
    mark,
    /** Resolves when the other is seen and heard here. */
    both: () => both,
    report: () => ({ marks, ...seen }),
    /** Resolves when what was heard and seen is not silence and nothing; figures lag a little. */
    async real() {
      for (;;) {
        let energy = 0;
        let frames = 0;
        for (const peer of peers.filter((one) => one.connectionState !== 'closed')) {
          for (const s of (await peer.getStats()).values()) {
            if (s.type !== 'inbound-rtp') continue;
            energy += s.totalAudioEnergy ?? 0;
            frames += s.framesDecoded ?? 0;
          }
        }
        if (energy > 0 && frames > 0) return;
        await new Promise((done) => setTimeout(done, 50));
      }
    },
  };
})();
