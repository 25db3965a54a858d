import { defineConfig, type Plugin } from "vite";

/** Emptying dist/ must leave the placeholder, without which a fresh clone has nothing to embed. */
function placeholder(): Plugin {
  return {
    name: "lanyard:placeholder",
    apply: "build",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: ".keep", source: "" });
    },
  };
}

export default defineConfig({
  base: "/assets/",
  publicDir: false,
  plugins: [placeholder()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    // Browsers that know light-dark(), so that colours reach them as written.
    target: ["chrome123", "edge123", "firefox121", "safari17.5"],
    manifest: true,
    assetsDir: "",
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        public: "src/public/main.ts",
        console: "src/console/main.tsx",
        site: "src/style/site.css",
      },
    },
  },
});
