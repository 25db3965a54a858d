import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    // Formatting must not depend on where the tests run.
    env: { TZ: "UTC" },
    restoreMocks: true,
  },
});
