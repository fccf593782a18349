// Stands in for the console: frames the player, gives it a port, packs frames as the sharer does.
window.harness = (() => {
  const said = [];
  let port = null;
  let met = null;

  async function open(player) {
    const frame = document.createElement('iframe');
    frame.id = 'player';
    frame.setAttribute('sandbox', 'allow-scripts allow-same-origin');
    frame.style.cssText = 'border:0;width:1000px;height:600px;display:block';
    met = new Promise((resolve) => {
      window.addEventListener('message', function greet(event) {
        if (event.source !== frame.contentWindow || event.origin !== player) return;
        if (event.data !== 'tiski:player') return;
        window.removeEventListener('message', greet);
        const channel = new MessageChannel();
        port = channel.port1;
        port.onmessage = ({ data }) => said.push({ ...data, at: performance.now() });
        frame.contentWindow.postMessage('tiski:player', player, [channel.port2]);
        resolve();
      });
    });
    frame.src = `${player}/player?parent=${encodeURIComponent(location.origin)}`;
    document.body.append(frame);
    await met;
  }

  function say(message) {
    port.postMessage(message);
  }

  async function gzipped(bytes) {
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  async function pack(kind, epoch, seq, events, gzip = false) {
    const plain = new TextEncoder().encode(
      typeof events === 'string' ? events : JSON.stringify(events),
    );
    const payload = gzip ? await gzipped(plain) : plain;
    const data = new Uint8Array(20 + payload.length);
    const view = new DataView(data.buffer);
    view.setUint8(0, 1);
    view.setUint8(1, kind);
    view.setUint8(2, gzip ? 1 : 0);
    view.setUint32(4, epoch);
    view.setUint32(8, seq);
    view.setFloat64(12, Date.now());
    data.set(payload, 20);
    return data.buffer;
  }

  async function send(kind, epoch, seq, events, gzip = false) {
    const data = await pack(kind, epoch, seq, events, gzip);
    port.postMessage({ t: 'data', data }, [data]);
    return performance.now();
  }

  return { open, say, send, pack, said };
})();
