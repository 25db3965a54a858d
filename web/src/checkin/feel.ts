/** What a verdict sounds and feels like: three figures that nobody confuses, also in a loud hall. */

import { signal } from "@preact/signals";

/** How a verdict reads. */
export type Tone = "green" | "amber" | "red";

/** Whether there is sound. */
export const soundOn = signal(true);

/** Each figure: pitch in hertz, start and length in seconds. */
const figures: Readonly<
  Record<Tone, { shape: OscillatorType; notes: [number, number, number][] }>
> = {
  green: {
    shape: "sine",
    notes: [
      [880, 0, 0.09],
      [1320, 0.09, 0.16],
    ],
  },
  amber: {
    shape: "triangle",
    notes: [
      [587, 0, 0.13],
      [587, 0.2, 0.13],
      [587, 0.4, 0.13],
    ],
  },
  red: { shape: "square", notes: [[165, 0, 0.55]] },
};

const shakes: Readonly<Record<Tone, number[]>> = {
  green: [60],
  amber: [90, 70, 90],
  red: [350],
};

let audio: AudioContext | null = null;

/** Gets the speaker ready; browsers allow that only while a person touches the page. */
export function wakeSound(): void {
  if (typeof AudioContext === "undefined") {
    return;
  }
  audio ??= new AudioContext();
  if (audio.state === "suspended") {
    void audio.resume().catch(() => {}); // it will be tried again with the next touch
  }
}

/** Plays and shakes a verdict. It answers whether there was a sound. */
export function feel(tone: Tone): boolean {
  navigator.vibrate?.(shakes[tone]);
  if (!soundOn.value || audio === null || audio.state !== "running") {
    return false;
  }
  const { shape, notes } = figures[tone];
  for (const [pitch, start, length] of notes) {
    play(audio, shape, pitch, audio.currentTime + start, length);
  }
  return true;
}

function play(on: AudioContext, shape: OscillatorType, pitch: number, at: number, length: number) {
  const voice = on.createOscillator();
  const volume = on.createGain();
  voice.type = shape;
  voice.frequency.value = pitch;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(shape === "square" ? 0.12 : 0.3, at + 0.01);
  volume.gain.linearRampToValueAtTime(0, at + length);
  voice.connect(volume).connect(on.destination);
  voice.start(at);
  voice.stop(at + length);
}
