/**
 * How loud a track is, for the meter before a call. Drawn straight to an element's custom property:
 * sixty renders a second would be a waste.
 */
import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

const AUDIBLE = 0.06; // of full scale; above a quiet room, below a soft voice

/** Sets `--level` (0..1) of `element` while `track` lives. Returns whether anything was heard. */
export function useLevel(
  track: MediaStreamTrack | null,
  element: RefObject<HTMLElement | null>,
): boolean {
  const [heard, setHeard] = useState(false);
  useEffect(() => {
    setHeard(false);
    if (!track) return;
    const audio = new AudioContext();
    const analyser = audio.createAnalyser();
    analyser.fftSize = 512;
    audio.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let shown = 0;
    let frame = 0;
    const draw = () => {
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += sample * sample;
      const level = Math.min(1, Math.sqrt(sum / samples.length) * 4);
      shown = Math.max(level, shown * 0.88); // falls slowly, as meters do
      element.current?.style.setProperty('--level', shown.toFixed(3));
      if (level > AUDIBLE) setHeard(true);
      frame = requestAnimationFrame(draw);
    };
    // Without a gesture the context is asleep, and the meter would show silence as truth.
    void audio.resume().then(draw, () => {});
    return () => {
      cancelAnimationFrame(frame);
      void audio.close();
    };
  }, [track]);
  return heard;
}

/** Plays a short, soft two-tone sound on the chosen speaker. */
export async function playTestSound(speaker: string | undefined): Promise<void> {
  const audio = new AudioContext();
  const sink = audio as AudioContext & { setSinkId?: (id: string) => Promise<void> };
  if (speaker) await sink.setSinkId?.(speaker).catch(() => {});
  const gain = audio.createGain();
  gain.gain.setValueAtTime(0, audio.currentTime);
  gain.gain.linearRampToValueAtTime(0.2, audio.currentTime + 0.02);
  gain.gain.linearRampToValueAtTime(0, audio.currentTime + 0.6);
  gain.connect(audio.destination);
  const tone = audio.createOscillator();
  tone.frequency.setValueAtTime(523.25, audio.currentTime);
  tone.frequency.setValueAtTime(659.25, audio.currentTime + 0.3);
  tone.connect(gain);
  tone.start();
  tone.stop(audio.currentTime + 0.6);
  tone.onended = () => void audio.close();
}
