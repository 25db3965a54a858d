/**
 * Sealing what is personal. The key is made on the tablet, cannot be read by any script, and lies in
 * the store beside what it seals; its use is that destroying it destroys the list at once, however
 * slowly the disk forgets.
 */

import type { Change, Database } from "./database";

const keyName = "key";
const ivBytes = 12;

/** Bytes as they may be stored. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Seals and opens bytes. Every sealed piece is bound to a name, so that none passes for another. */
export class Vault {
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey) {
    this.#key = key;
  }

  /** The vault of this tablet, with a new key when it has none. */
  static async open(db: Database): Promise<Vault> {
    const known = await db.get<CryptoKey>("meta", keyName);
    if (known !== undefined) {
      return new Vault(known);
    }
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
      "encrypt",
      "decrypt",
    ]);
    await db.write({ store: "meta", key: keyName, put: key });
    return new Vault(key);
  }

  /** The change that makes everything sealed unreadable for ever. */
  static destroyed(): Change {
    return { store: "meta", remove: keyName };
  }

  /** Seals bytes under a name. */
  async seal(name: string, plain: Bytes): Promise<Bytes> {
    const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
    const sealed = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv, additionalData: bytesOf(name) },
      this.#key,
      plain,
    );
    const out = new Uint8Array(ivBytes + sealed.byteLength);
    out.set(iv);
    out.set(new Uint8Array(sealed), ivBytes);
    return out;
  }

  /** Opens what was sealed under the name; null when it is not what was sealed. */
  async open(name: string, sealed: Bytes): Promise<Bytes | null> {
    try {
      const plain = await crypto.subtle.decrypt(
        { name: "AES-GCM", iv: sealed.subarray(0, ivBytes), additionalData: bytesOf(name) },
        this.#key,
        sealed.subarray(ivBytes),
      );
      return new Uint8Array(plain);
    } catch {
      return null; // another key, or changed bytes
    }
  }
}

function bytesOf(text: string): Bytes {
  return new TextEncoder().encode(text);
}
