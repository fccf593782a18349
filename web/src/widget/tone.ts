/** The tone of a message, made in code; fetched when the first one is to be heard. */
const NOTES = [659.3, 880]; // E5, A5

/** Sound it now. */
export function playTone(audio: AudioContext): void {
  NOTES.forEach((note, index) => {
    const start = audio.currentTime + index * 0.11;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = note;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.08, start + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.28);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.3);
  });
}
