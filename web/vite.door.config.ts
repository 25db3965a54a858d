// The door is a build of its own, so that a tablet keeps all of it and nothing else, and no other
// page shares a chunk with it.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const worker = fileURLToPath(new URL("src/checkin/sw.js", import.meta.url));
const base = "/assets/door/";

/** Writes the service worker with the list of everything that was built. */
function serviceWorker(): Plugin {
  return {
    name: "lanyard:service-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const files = Object.keys(bundle).filter((name) => !name.startsWith(".vite/"));
      const urls = files.sort().map((name) => base + name);
      const code = readFileSync(worker, "utf8");
      const hash = createHash("sha256").update(urls.join("\n")).update(code).digest("hex");
      this.emitFile({
        type: "asset",
        fileName: "sw.js",
        source: code
          .replace("__FILES__", JSON.stringify(urls))
          .replace("__BUILD__", hash.slice(0, 12)),
      });
    },
  };
}

/** Names the sources of the door, so that the server can tell which program a tablet runs. */
function version(): string {
  const hash = createHash("sha256");
  const root = fileURLToPath(new URL("src/checkin", import.meta.url));
  for (const name of (readdirSync(root, { recursive: true }) as string[]).sort()) {
    if (/\.(tsx?|css|js)$/.test(name) && !name.includes(".test.")) {
      hash.update(name).update(readFileSync(`${root}/${name}`));
    }
  }
  return hash.digest("hex").slice(0, 12);
}

const rules = fileURLToPath(new URL("src/checkin/rules.ts", import.meta.url));

export default defineConfig({
  base,
  resolve: {
    alias: [{ find: /^.*\/buf\/validate\/validate_pb(\.js)?$/, replacement: rules }],
  },
  define: { __DOOR_VERSION__: JSON.stringify(version()) },
  publicDir: false,
  plugins: [serviceWorker()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: {
    target: ["chrome123", "edge123", "firefox121", "safari17.5"],
    outDir: "dist/door",
    emptyOutDir: true,
    manifest: true,
    assetsDir: "",
    modulePreload: { polyfill: false },
    // The code reader is fetched as a file: inlined, it could not be compiled as it arrives.
    assetsInlineLimit: (file) => file.endsWith(".svg"),
    rolldownOptions: { input: { door: "src/checkin/main.tsx" } },
  },
});
