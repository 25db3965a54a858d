/** The version of this program, which the server shows beside each tablet. */

declare const __DOOR_VERSION__: string;

/** A mark of the build; the same sources have the same mark. */
export const appVersion = typeof __DOOR_VERSION__ === "string" ? __DOOR_VERSION__ : "dev";
