/**
 * The tablet's camera: the one that looks away from the person, its torch, and what to say when
 * there is none. One stream is kept for as long as the page is seen.
 */

import { signal } from "@preact/signals";

/** How the camera is. */
export type CameraState =
  | "off"
  | "starting"
  | "live"
  | "denied"
  | "missing"
  | "busy"
  | "insecure"
  | "lost";

/** What to say and do about a camera that does not work. */
export const cameraWords: Readonly<Partial<Record<CameraState, { title: string; text: string }>>> =
  {
    denied: {
      title: "The camera is not allowed",
      text: "Allow it for this page: tap the sign beside the address, choose Camera, Allow, then try again.",
    },
    missing: {
      title: "This tablet has no camera",
      text: "Plug one in, use a hand scanner, or look people up by name.",
    },
    busy: {
      title: "Another program uses the camera",
      text: "Close other apps and pages that use the camera, then try again.",
    },
    insecure: {
      title: "The camera needs a secure address",
      text: "Open the door by an address that begins with https.",
    },
    lost: {
      title: "The camera was unplugged",
      text: "Plug it in again and try once more.",
    },
  };

const small: MediaTrackConstraints = { width: { ideal: 640 }, height: { ideal: 480 } };
const large: MediaTrackConstraints = { width: { ideal: 960 }, height: { ideal: 540 } };

/** A track that may have a torch; the types of the platform do not know it yet. */
type TorchCapabilities = MediaTrackCapabilities & { torch?: boolean };

/** The camera as the screens see it. */
export class Camera {
  readonly state = signal<CameraState>("off");
  /** Whether there is a torch, and whether it is lit. */
  readonly hasTorch = signal(false);
  readonly torch = signal(false);
  /** How many cameras there are. */
  readonly count = signal(0);
  readonly #video: HTMLVideoElement;
  #stream: MediaStream | null = null;
  #wanted = false;
  #front: boolean;
  #chosen: string | undefined;
  #round = 0;

  /** front chooses the camera that looks at the person. */
  constructor(video: HTMLVideoElement, front = false) {
    this.#video = video;
    this.#front = front;
    document.addEventListener("visibilitychange", this.#seen);
    navigator.mediaDevices?.addEventListener?.("devicechange", this.#devices);
  }

  /** Asks for the camera; what came of it is in state. */
  async start(): Promise<void> {
    this.#wanted = true;
    const round = ++this.#round;
    if (navigator.mediaDevices?.getUserMedia === undefined) {
      this.state.value = "insecure";
      return;
    }
    this.state.value = "starting";
    this.#release();
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: this.#want(),
      });
      if (round !== this.#round) {
        stop(stream);
        return;
      }
      await this.#show(stream);
    } catch (e) {
      if (round === this.#round) {
        this.state.value = stateOf(e);
      }
    }
  }

  /** Lets go of the camera. */
  stop(): void {
    this.#wanted = false;
    this.#round++;
    this.#release();
    this.state.value = "off";
  }

  /** Lets go of the camera for good. */
  close(): void {
    this.stop();
    document.removeEventListener("visibilitychange", this.#seen);
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.#devices);
  }

  /** Takes the next camera. */
  async switch(): Promise<void> {
    const cameras = await this.#cameras();
    const now = this.#track()?.getSettings().deviceId;
    const at = cameras.findIndex((camera) => camera.deviceId === now);
    this.#chosen = cameras[(at + 1) % cameras.length]?.deviceId;
    await this.start();
  }

  /** Lights the torch or puts it out. */
  async light(on: boolean): Promise<void> {
    const constraints = { advanced: [{ torch: on }] } as unknown as MediaTrackConstraints;
    try {
      await this.#track()?.applyConstraints(constraints);
      this.torch.value = on;
    } catch {
      this.hasTorch.value = false;
    }
  }

  /** Takes smaller pictures, for tablets that read slowly. */
  async shrink(): Promise<void> {
    await this.#track()
      ?.applyConstraints(small)
      .catch(() => {}); // then it stays as it is
  }

  #want(): MediaTrackConstraints {
    if (this.#chosen !== undefined) {
      return { ...large, deviceId: { exact: this.#chosen } };
    }
    return { ...large, facingMode: { ideal: this.#front ? "user" : "environment" } };
  }

  async #show(stream: MediaStream): Promise<void> {
    this.#stream = stream;
    const track = this.#track();
    if (track === undefined) {
      throw new DOMException("no video", "NotFoundError");
    }
    track.addEventListener("ended", () => this.#ended(stream));
    track.addEventListener("unmute", () => void this.#video.play().catch(() => {}));
    this.#video.srcObject = stream;
    await this.#video.play().catch((e: unknown) => {
      // A video that was replaced while it began is no failure.
      if (!(e instanceof DOMException && e.name === "AbortError")) {
        throw e;
      }
    });
    const able = (track.getCapabilities?.() ?? {}) as TorchCapabilities;
    this.hasTorch.value = able.torch === true;
    this.torch.value = false;
    this.state.value = "live";
    this.count.value = (await this.#cameras()).length;
  }

  #ended(stream: MediaStream): void {
    if (stream === this.#stream && this.#wanted) {
      this.#release();
      this.state.value = "lost";
    }
  }

  readonly #seen = (): void => {
    if (!this.#wanted) {
      return;
    }
    if (document.visibilityState === "hidden") {
      this.#round++;
      this.#release();
      this.state.value = "starting";
    } else {
      void this.start();
    }
  };

  readonly #devices = async (): Promise<void> => {
    this.count.value = (await this.#cameras()).length;
    const helpless = this.state.value === "missing" || this.state.value === "lost";
    if (this.#wanted && helpless && this.count.value > 0) {
      this.#chosen = undefined;
      void this.start();
    }
  };

  async #cameras(): Promise<MediaDeviceInfo[]> {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    return devices.filter(({ kind }) => kind === "videoinput");
  }

  #track(): MediaStreamTrack | undefined {
    return this.#stream?.getVideoTracks()[0];
  }

  #release(): void {
    if (this.#stream !== null) {
      stop(this.#stream);
      this.#stream = null;
      this.#video.srcObject = null;
      this.hasTorch.value = false;
    }
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    track.stop();
  }
}

function stateOf(e: unknown): CameraState {
  const name = e instanceof DOMException ? e.name : "";
  switch (name) {
    case "NotAllowedError":
      return "denied";
    case "SecurityError":
      return "insecure";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    default:
      return "busy"; // NotReadableError, AbortError, and whatever a driver invents
  }
}
