/**
 * The tablet's own store, a thin layer over IndexedDB. Three kinds of rows: `meta`, small things by
 * name; `pages`, sealed blobs of the list by number; `queue`, one row for each scan that the server
 * has not answered yet. A write to the queue is on the disk when its promise is kept.
 */

const version = 1;

/** The names of the stores. */
export type StoreName = "meta" | "pages" | "queue" | "overlay";

/** One change. */
export type Change =
  | { store: StoreName; put: unknown; key: IDBValidKey }
  | { store: StoreName; remove: IDBValidKey }
  | { store: StoreName; clear: true };

/** An open store. */
export class Database {
  readonly #db: IDBDatabase;

  private constructor(db: IDBDatabase) {
    this.#db = db;
  }

  /** Opens the store of a name, and makes it when there is none. */
  static async open(name = "lanyard-door"): Promise<Database> {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => {
      for (const store of ["meta", "pages", "queue", "overlay"] satisfies StoreName[]) {
        request.result.createObjectStore(store);
      }
    };
    return new Database(await answer(request));
  }

  /** One row; undefined when there is none. */
  async get<T>(store: StoreName, key: IDBValidKey): Promise<T | undefined> {
    const tx = this.#db.transaction(store);
    return (await answer(tx.objectStore(store).get(key))) as T | undefined;
  }

  /** All rows of a store in the order of their keys. */
  async all<T>(store: StoreName): Promise<{ key: IDBValidKey; value: T }[]> {
    const tx = this.#db.transaction(store);
    const [keys, values] = await Promise.all([
      answer(tx.objectStore(store).getAllKeys()),
      answer(tx.objectStore(store).getAll()),
    ]);
    return keys.map((key, i) => ({ key, value: values[i] as T }));
  }

  /** Makes all changes or none, and returns once they are on the disk. */
  async write(...changes: readonly Change[]): Promise<void> {
    const stores = [...new Set(changes.map(({ store }) => store))];
    if (stores.length === 0) {
      return;
    }
    const tx = this.#db.transaction(stores, "readwrite", { durability: "strict" });
    const kept = new Promise<void>((resolve, reject) => {
      tx.oncomplete = () => resolve();
      tx.onabort = () => reject(tx.error ?? new DOMException("aborted", "AbortError"));
    });
    for (const change of changes) {
      const store = tx.objectStore(change.store);
      if ("put" in change) {
        store.put(change.put, change.key);
      } else if ("remove" in change) {
        store.delete(change.remove);
      } else {
        store.clear();
      }
    }
    tx.commit();
    await kept;
  }

  /** Lets go of the store. */
  close(): void {
    this.#db.close();
  }
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new DOMException("failed", "UnknownError"));
  });
}

/** What the browser promises about the store. */
export interface Room {
  /** Whether the browser promised not to clear the store by itself. */
  persisted: boolean;
  /** Bytes used and allowed; 0 when unknown. */
  used: number;
  quota: number;
}

/** Asks the browser to keep the store, and what room there is. */
export async function askForRoom(): Promise<Room> {
  const storage = navigator.storage;
  const persisted =
    (await storage?.persisted?.().catch(() => false)) ||
    (await storage?.persist?.().catch(() => false)) ||
    false;
  const estimate = await storage?.estimate?.().catch(() => ({}) as StorageEstimate);
  return { persisted, used: estimate?.usage ?? 0, quota: estimate?.quota ?? 0 };
}
