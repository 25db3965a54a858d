// The mail that the program wrote, read from its built-in mailbox.
import ICAL from "ical.js";

/** How long a message may take from the act that causes it; jobs send mail in the background. */
const patience = 20_000;

export class Mail {
  constructor(base) {
    this.base = base;
  }

  /** The newest message to an address that fits, as soon as there is one. */
  async to(address, fits = () => true) {
    const deadline = Date.now() + patience;
    const known = new Map();
    while (Date.now() < deadline) {
      for (const path of await this.#list(address)) {
        if (!known.has(path)) {
          known.set(path, await this.#read(path));
        }
        if (fits(known.get(path))) {
          return known.get(path);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    const got = [...known.values()].map((m) => `“${m.subject}” ${m.calendar?.method ?? ""}`);
    throw new Error(
      `no such mail to ${address} within ${patience / 1000} s; got: ${got.join(", ")}`,
    );
  }

  /** Every message to an address there is at this moment, newest first. */
  async all(address) {
    return Promise.all((await this.#list(address)).map((path) => this.#read(path)));
  }

  async #list(address) {
    const answer = await fetch(`${this.base}/mailbox/?to=${encodeURIComponent(address)}`);
    const page = await answer.text();
    const paths = [...page.matchAll(/href="(\/mailbox\/msg_[0-9a-z]{26})(?:[?#][^"]*)?"/g)];
    return [...new Set(paths.map((match) => match[1]))];
  }

  async #read(path) {
    const answer = await fetch(`${this.base}${path}/message.eml`);
    if (!answer.ok) {
      throw new Error(`${path}/raw: ${answer.status}`);
    }
    const raw = await answer.text();
    const parts = leaves(raw);
    const calendar = parts.find((part) => part.type.startsWith("text/calendar"))?.body;
    const headers = headersOf(raw);
    return {
      path,
      raw,
      subject: decodeWords(headers.get("subject") ?? ""),
      text: parts.find((part) => part.type.startsWith("text/plain"))?.body ?? "",
      html: parts.find((part) => part.type.startsWith("text/html"))?.body ?? "",
      calendar: calendar === undefined ? undefined : invitation(calendar),
    };
  }
}

/** What a calendar part says. */
function invitation(text) {
  const root = new ICAL.Component(ICAL.parse(text));
  const event = root.getFirstSubcomponent("vevent");
  return {
    method: root.getFirstPropertyValue("method"),
    uid: event.getFirstPropertyValue("uid"),
    sequence: event.getFirstPropertyValue("sequence") ?? 0,
    status: event.getFirstPropertyValue("status"),
    start: event.getFirstPropertyValue("dtstart").toString(),
    attendee: event.getFirstPropertyValue("attendee")?.replace(/^mailto:/i, ""),
  };
}

/** The parts of a message that hold something themselves, decoded. */
function leaves(raw) {
  const headers = headersOf(raw);
  const body = raw.slice(raw.search(/\r?\n\r?\n/)).replace(/^\r?\n\r?\n/, "");
  const type = headers.get("content-type") ?? "text/plain";
  const boundary = type.match(/boundary="?([^";]+)"?/i)?.[1];
  if (boundary === undefined) {
    return [{ type, body: decode(body, headers.get("content-transfer-encoding")) }];
  }
  const inner = body.split(`--${boundary}`).slice(1, -1);
  return inner.flatMap((part) => leaves(part.replace(/^\r?\n/, "")));
}

function headersOf(raw) {
  const head = raw.slice(0, raw.search(/\r?\n\r?\n/)).replace(/\r?\n[ \t]+/g, " ");
  const lines = head.split(/\r?\n/).map((line) => line.match(/^([^:]+):\s*(.*)$/));
  return new Map(lines.flatMap((m) => (m ? [[m[1].toLowerCase(), m[2]]] : [])));
}

function decode(body, encoding = "") {
  switch (encoding.toLowerCase()) {
    case "base64":
      return Buffer.from(body, "base64").toString("utf8");
    case "quoted-printable":
      return quoted(body.replace(/=\r?\n/g, ""));
    default:
      return body;
  }
}

function quoted(text) {
  const bytes = text.replace(/=([0-9A-F]{2})/gi, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** "=?utf-8?q?…?=" in headers. */
function decodeWords(text) {
  const joined = text.replace(/\?=\s+=\?/g, "?==?");
  return joined.replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, kind, word) =>
    kind.toLowerCase() === "b"
      ? Buffer.from(word, "base64").toString("utf8")
      : quoted(word.replaceAll("_", " ")),
  );
}
