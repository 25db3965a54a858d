// One Chromium for the whole run; a context, which is a browser of its own, for each person.
import { chromium } from "playwright-core";

/**
 * What Chromium does without. The lists below its address bar are pages that each new window loads
 * in a process of its own, and a spare process waits for each site: nobody sees either here. Only
 * the last such list counts, so those that Playwright names follow.
 */
const without = [
  "PreloadTopChromeWebUI",
  "WebUIOmniboxAimPopup",
  "WebUIOmniboxFullPopup",
  "WebUIOmniboxPopup",
  "SpareRendererForSitePerProcess",
  "AimEnabled",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "LensOverlay",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
  "ThirdPartyStoragePartitioning",
];

/** How every Chromium of the tests is started. */
export const browserFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  `--disable-features=${without.join(",")}`,
];

let browser;

/** Starts Chromium. */
export async function openBrowser() {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: browserFlags,
  });
  return browser;
}

/** Ends it. */
export async function closeBrowser() {
  await browser?.close();
}

/**
 * A browser for one person, with one tab. What goes wrong in it without being seen, such as a
 * script error or a violation of the content policy, is collected in `faults`.
 */
export async function openPerson(base, options = {}) {
  const { width = 1280, height = 900, state, zone = "Europe/London", scheme = "light" } = options;
  const context = await browser.newContext({
    baseURL: base,
    viewport: { width, height },
    colorScheme: scheme,
    locale: "en-GB",
    timezoneId: zone,
    reducedMotion: "reduce",
    javaScriptEnabled: options.javaScript ?? true,
    hasTouch: width < 500,
    acceptDownloads: true,
    ...(state ? { storageState: state } : {}),
  });
  context.setDefaultTimeout(20_000);
  const faults = [];
  const allowed = [];
  const note = (text) => {
    if (!allowed.some((pattern) => pattern.test(text))) {
      faults.push(text);
    }
  };
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.origin !== base) {
      note(`a request went elsewhere: ${url.origin}`);
    }
  });
  context.on("page", (page) => {
    page.on("pageerror", (error) => note(`script error: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") {
        note(`console: ${message.text()} (${path(message.location().url)})`);
      }
    });
    page.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      if (reason !== "net::ERR_ABORTED") {
        note(`request failed: ${path(request.url())} ${reason}`);
      }
    });
  });
  if (options.javaScript !== false) {
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
  }
  const page = await context.newPage();
  return {
    page,
    context,
    faults,
    /** Leaves out what a journey brings about on purpose. */
    allow: (pattern) => allowed.push(pattern),
    close: () => context.close(),
  };
}

function path(url) {
  try {
    return new URL(url).pathname;
  } catch {
    return url;
  }
}
