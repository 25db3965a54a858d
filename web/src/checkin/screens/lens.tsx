/** The camera's picture with the reader behind it, and words where there is no picture. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Camera, cameraWords } from "../camera";
import { Reader } from "../reader";
import { Icon } from "./bits";

/** What the lens is for. */
export interface LensProps {
  onCode: (text: string, shownAt: number) => void;
  /** What to do in front of it. */
  label: string;
  /** True while codes are not to be read. */
  paused?: boolean;
  /** True takes the camera that looks at the person. */
  front?: boolean;
  /** Another way to people, for when there is no picture. */
  onSearch?: () => void;
}

/** Shows what the camera sees, and says each code that comes into sight. */
export function Lens({ onCode, label, paused = false, front = false, onSearch }: LensProps) {
  const video = useRef<HTMLVideoElement>(null);
  const camera = useSignal<Camera | null>(null);
  const reader = useRef<Reader | null>(null);
  const broken = useSignal("");
  const several = useSignal(false);
  const latest = useRef(onCode);
  latest.current = onCode;
  useEffect(() => {
    if (video.current === null) {
      return;
    }
    const eye = new Camera(video.current, front);
    let calm: ReturnType<typeof setTimeout> | undefined;
    const reading = new Reader(video.current, {
      onCode: (text, shownAt) => latest.current(text, shownAt),
      onSeveral: () => {
        several.value = true;
        clearTimeout(calm);
        calm = setTimeout(() => {
          several.value = false;
        }, 1_500);
      },
      onSlow: () => void eye.shrink(),
      onBroken: (why) => {
        broken.value = why;
      },
    });
    camera.value = eye;
    reader.current = reading;
    void eye.start();
    return () => {
      clearTimeout(calm);
      reading.close();
      eye.close();
    };
  }, []);
  const state = camera.value?.state.value ?? "off";
  useEffect(() => {
    if (state === "live" && !paused) {
      reader.current?.start();
    } else {
      reader.current?.pause();
    }
  }, [state, paused]);
  const words = cameraWords[state];
  return (
    <div class="lens" data-state={state}>
      <video ref={video} class="lens__video" muted playsInline aria-label={label} />
      {state === "live" && (
        <>
          <span class="lens__frame" aria-hidden="true" />
          <p class="lens__label">{several.value ? "Show one code at a time" : label}</p>
        </>
      )}
      {state === "starting" && <p class="lens__label">Starting the camera…</p>}
      {words !== undefined && (
        <div class="lens__words" role="alert">
          <p class="lens__title">{words.title}</p>
          <p>{words.text}</p>
          <button
            type="button"
            class="button button--light"
            onClick={() => void camera.value?.start()}
          >
            Try again
          </button>
          {onSearch !== undefined && (
            <button type="button" class="button button--light" onClick={onSearch}>
              Look people up by name
            </button>
          )}
        </div>
      )}
      {broken.value !== "" && (
        <div class="lens__words" role="alert">
          <p class="lens__title">Codes cannot be read by camera here</p>
          <p>Use a hand scanner, or look people up by name.</p>
        </div>
      )}
      {camera.value !== null && state === "live" && <Controls camera={camera.value} />}
    </div>
  );
}

function Controls({ camera }: { camera: Camera }) {
  const lit = camera.torch.value;
  return (
    <div class="lens__controls">
      {camera.hasTorch.value && (
        <button
          type="button"
          class="button button--light"
          aria-pressed={lit}
          onClick={() => void camera.light(!lit)}
        >
          {lit ? "Light off" : "Light on"}
        </button>
      )}
      {camera.count.value > 1 && (
        <button type="button" class="button button--light" onClick={() => void camera.switch()}>
          <Icon name="swap" />
          Other camera
        </button>
      )}
    </div>
  );
}
