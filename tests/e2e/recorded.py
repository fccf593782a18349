"""People whose picture and sound tell the time, and what a recording of them shows.

Each lights up and beeps together, for a fifth of a second, at a beat of their own of the machine's
clock: so a recording can be compared with itself (lips), and people with each other.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import av

__all__ = ["PERIOD", "Beats", "beats", "beeps", "flashes", "ticking"]

PERIOD = 2.0  # seconds between the beats of one person
_LENGTH = 0.2
_WINDOW = 0.01  # seconds that are looked at together
_DARK_TO_LIGHT = 110
_LOUD = 400.0

# `shift` seconds after each even second they light up and beep at `pitch` Hz.
_TICKING = """(() => {
  const shift = SHIFT, pitch = PITCH, period = 2.0, length = 0.2;
  let audio = null;
  const picture = () => {
    const canvas = document.createElement('canvas');
    canvas.width = 320; canvas.height = 240;
    const context = canvas.getContext('2d');
    const draw = () => {
      const on = (((Date.now() / 1000 - shift) % period) + period) % period < length;
      context.fillStyle = on ? '#ffffff' : '#202020';
      context.fillRect(0, 0, canvas.width, canvas.height);
    };
    setInterval(draw, 10);
    draw();
    return canvas.captureStream(30).getVideoTracks()[0];
  };
  const sound = () => {
    audio ??= new AudioContext();
    const target = audio.createMediaStreamDestination();
    const gain = audio.createGain();
    const tone = audio.createOscillator();
    tone.frequency.value = pitch;
    gain.gain.value = 0;
    tone.connect(gain).connect(target);
    tone.start();
    let planned = 0;
    setInterval(() => {
      const now = Date.now() / 1000;
      const beat = Math.ceil((now - shift) / period) * period + shift;
      if (beat === planned || beat - now > 0.3) return;
      planned = beat;
      const at = audio.currentTime + beat - now;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(0.5, at + 0.01); // no click: it would sound at any pitch
      gain.gain.setValueAtTime(0.5, at + length);
      gain.gain.linearRampToValueAtTime(0, at + length + 0.01);
    }, 50);
    return target.stream.getAudioTracks()[0];
  };
  const devices = navigator.mediaDevices;
  if (devices) devices.getUserMedia = async (wanted) => {
    const tracks = [];
    if (wanted.audio) tracks.push(sound());
    if (wanted.video) tracks.push(picture());
    return new MediaStream(tracks);
  };
})()"""


def ticking(shift: float, pitch: int) -> str:
    """Return a script that makes a page's camera and microphone tell the time."""
    return _TICKING.replace("SHIFT", str(shift)).replace("PITCH", str(pitch))


def _onsets(values: Sequence[tuple[float, float]], threshold: float, stay: int) -> list[float]:
    """Return when values rise over a threshold and stay there for so many of them."""
    found: list[float] = []
    for number in range(1, len(values) - stay):
        over = (value > threshold for _, value in values[number : number + stay])
        if values[number - 1][1] <= threshold and all(over):
            found.append(values[number][0])
    return found


def flashes(path: Path, x: float, y: float) -> list[float]:
    """Return when the picture at a point (of one) lights up, in seconds."""
    levels: list[tuple[float, float]] = []
    with av.open(str(path), "r") as container:
        for frame in container.decode(video=0):
            plane = frame.planes[0]
            place = int(y * frame.height) * plane.line_size + int(x * frame.width)
            levels.append((float(frame.time or 0), bytes(plane)[place]))
    return _onsets(levels, _DARK_TO_LIGHT, 2)


def beeps(path: Path, pitch: int) -> list[float]:
    """Return when a tone of that pitch begins, in seconds (Goertzel's algorithm)."""
    rate = 48_000
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    samples: list[int] = []
    with av.open(str(path), "r") as container:
        for frame in container.decode(audio=0):
            frame.pts = None
            for mono in resampler.resample(frame):
                data = bytes(mono.planes[0])[: mono.samples * 2]
                samples += struct.unpack(f"<{mono.samples}h", data)
    size = int(rate * _WINDOW)
    turn = 2 * math.cos(2 * math.pi * pitch / rate)
    powers: list[tuple[float, float]] = []
    for start in range(0, len(samples) - size, size):
        one = two = 0.0
        for sample in samples[start : start + size]:
            one, two = sample + turn * one - two, one
        power = math.sqrt(max(0.0, one * one + two * two - turn * one * two)) / size
        powers.append((start / rate, power))
    return _onsets(powers, _LOUD, 8)


@dataclass(frozen=True)
class Beats:
    """When somebody lit up and beeped."""

    seen: list[float]
    heard: list[float]

    def clear_of(self, cuts: Sequence[float]) -> Beats:
        """Return the beats that did not begin just after a cut, where half of one may be seen."""
        kept = [one for one in self.seen if all(not 0 <= one - cut < 0.5 for cut in cuts)]
        return Beats(kept, self.heard)

    def apart(self) -> float:
        """Return the middle distance of a flash from the nearest beep, in seconds.

        A busy machine draws one late now and then; its sound comes by a clock of its own.
        """
        return median(min(abs(one - other) for other in self.heard) for one in self.seen)


def beats(path: Path, x: float, y: float, pitch: int) -> Beats:
    """Return the beats of the person whose picture is at a point and whose tone is `pitch`."""
    return Beats(flashes(path, x, y), beeps(path, pitch))
