import { render } from 'preact';
import '@/ui/tokens.css';

/** The call part is its own chunk: it is fetched when a call starts, never before. */
async function openCall(): Promise<void> {
  const { start } = await import('@/call/call');
  start();
}

const root = document.getElementById('app');
if (root) {
  render(
    <button type="button" onClick={openCall}>
      Call
    </button>,
    root,
  );
}
