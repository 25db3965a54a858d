/**
 * The one Trusted Types policy of the door: the browser may take addresses of our own origin for
 * workers, and nothing else for anything.
 */

interface TrustedTypes {
  createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => unknown;
}

/** Puts the policy in force, where the browser knows such things. */
export function trustOwnScripts(): void {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  types?.createPolicy("default", {
    createScriptURL: (url) => {
      const { origin, pathname } = new URL(url, location.href);
      const ours = pathname.startsWith("/assets/door/") || pathname === "/door/sw.js";
      if (origin !== location.origin || !ours) {
        throw new TypeError(`no script of ours: ${url}`);
      }
      return url;
    },
  });
}
