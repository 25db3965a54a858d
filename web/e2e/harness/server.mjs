// The program under test: its own process, its own data, a port that was free.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const roles = ["owner", "organiser", "finance", "reviewer"];

/**
 * Starts the program with the sample programme, and more flags, and waits until it serves. The
 * sample has no past, so that a journey finds its own money alone; "--no-past=false" gives it one.
 */
export async function startServer(...more) {
  const binary =
    process.env.LANYARD_BIN ?? fileURLToPath(new URL("../../../bin/lanyard", import.meta.url));
  await access(binary).catch(() => {
    throw new Error(`${binary} is not there; build it first with \`make build\``);
  });
  const data = await mkdtemp(join(tmpdir(), "lanyard-e2e-"));
  await chmod(data, 0o755); // root starts the database as an ordinary user, who must get in
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const args = ["serve", "--demo", "--data-dir", data, "--listen", `127.0.0.1:${port}`, ...more];
  const said = [];
  const links = {};
  const note = (line) => {
    said.push(line);
    const [role, url] = line.trim().split(/\s+/);
    if (roles.includes(role) && url?.startsWith("http")) {
      links[role] = new URL(url).pathname;
    }
  };
  const run = () => {
    const child = spawn(binary, [...args, "--metrics-listen", ""], {
      stdio: ["ignore", "pipe", "pipe"],
      env: environment(),
    });
    createInterface({ input: child.stdout }).on("line", note);
    createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
    return child;
  };
  let child = run();

  const server = {
    base,
    links,
    /** What the program wrote, for the report of a failure. */
    said,
    /** Does something in the program's own database that only time would do; returns what it says. */
    async sql(text) {
      const { socket } = JSON.parse(await readFile(join(data, "pg/runtime.json"), "utf8"));
      const PGPASSWORD = (await readFile(join(data, "pg/password"), "utf8")).trim();
      const psql = join(process.env.LANYARD_PG_BIN ?? "", "psql");
      const { stdout } = await promisify(execFile)(
        psql,
        ["-XAtq", "-v", "ON_ERROR_STOP=1", "-h", socket, "-U", "lanyard", "-c", text, "lanyard"],
        { env: { ...process.env, PGPASSWORD } },
      );
      return stdout.trim();
    },
    /** Ends the program, as in a power cut; what it stored stays. */
    async halt() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
    /** Starts the program again where it was. */
    async resume() {
      child = run();
      await ready(base, child, () => true);
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, "exit");
        child.kill("SIGTERM");
        const killer = setTimeout(() => child.kill("SIGKILL"), 15_000);
        await gone;
        clearTimeout(killer);
      }
      await rm(data, { recursive: true, force: true });
    },
  };
  try {
    await ready(base, child, () => roles.every((role) => links[role]));
  } catch (error) {
    await server.stop();
    throw new Error(`${error.message}\n${said.slice(-20).join("\n")}`);
  }
  return server;
}

/**
 * The environment without settings that somebody made for a program of their own, but for where
 * PostgreSQL is. Changes of an event are gathered for a second instead of two minutes.
 */
function environment() {
  const foreign = /^(LANYARD_(?!PG_BIN$)|DATABASE_URL)/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(kept), LANYARD_MAIL_GATHER: "1s", LANYARD_NO_PAST: "true" };
}

/** Waits until the program says that it is ready and has printed every sign-in link. */
async function ready(base, child, complete) {
  const deadline = Date.now() + 90_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the program ended with code ${child.exitCode}`);
    }
    const answer = await fetch(`${base}/readyz`).catch(() => null);
    if (answer?.ok && complete()) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the program was not ready within 90 seconds");
}

/** A port that nothing listens on at this moment. */
async function freePort() {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
