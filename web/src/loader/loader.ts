const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  const frame = document.createElement('iframe');
  frame.src = new URL('/widget', script.src).href;
  document.body.append(frame);
}
