// Keeps the door's program on the tablet. Everything was named when it was built; a new build waits
// until the page says that nobody is being scanned. Calls to the server are never answered here.
const files = __FILES__;
const shell = "/door/";
const name = "door-__BUILD__-__SHELL__";
const kept = [shell, "/door/manifest.webmanifest", "/favicon.svg", ...files];

addEventListener("install", (event) => {
  const fresh = kept.map((url) => new Request(url, { cache: "reload" }));
  event.waitUntil(caches.open(name).then((cache) => cache.addAll(fresh)));
});

addEventListener("activate", (event) => {
  const tidy = async () => {
    const old = (await caches.keys()).filter((key) => key.startsWith("door-") && key !== name);
    await Promise.all(old.map((key) => caches.delete(key)));
    await clients.claim();
  };
  event.waitUntil(tidy());
});

addEventListener("message", (event) => {
  if (event.data === "take over") {
    skipWaiting();
  }
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) {
    return;
  }
  const key = request.mode === "navigate" ? shell : url.pathname;
  if (kept.includes(key)) {
    const answer = async () => (await (await caches.open(name)).match(key)) ?? fetch(request);
    event.respondWith(answer());
  }
});
