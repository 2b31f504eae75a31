/** A text of a shelf with the version that it stands under. */
export interface ShelvedText {
  readonly text: string;
  /** Above 0; grows with each change of this text. */
  readonly version: number;
}

/** A blob of a shelf. */
export interface ShelvedBlob {
  readonly id: string;
  readonly bytes: number;
  /** When it was put, ms since the epoch by the shelf's clock. */
  readonly at: number;
}

/**
 * Where a model registry keeps its bytes. It knows nothing of models: it keeps
 * blobs under the hash of their content, and small texts by name that are only
 * replaced by one who has seen the newest. Whatever it gives back is checked by
 * the registry.
 */
export interface ModelShelf {
  /** Durable and whole when it resolves; a blob that is there already is left as it is. */
  putBlob(id: string, bytes: Uint8Array): Promise<void>;
  /** `undefined` when there is none. @throws MODEL_INVALID when it is larger than an artefact may be */
  getBlob(id: string): Promise<Uint8Array | undefined>;
  /** All blobs, by id. */
  blobs(): Promise<readonly ShelvedBlob[]>;
  /** Gone for good when it resolves; nothing happens when there is none. */
  dropBlob(id: string): Promise<void>;
  /** Names of the texts, sorted. */
  names(): Promise<readonly string[]>;
  read(name: string): Promise<ShelvedText | undefined>;
  /**
   * Replaces the text of that version, 0 when there is none yet; durable when it resolves.
   * @returns the new version, or `undefined` when another was quicker: then nothing has changed.
   */
  replace(name: string, text: string, seen: number): Promise<number | undefined>;
  /**
   * Calls back with the name of each text that has changed, whoever changed it,
   * and soon after the call with each that is there. Returns how to stop.
   */
  watch(listener: (name: string) => void): () => void;
}

/** Who signs stages, and whose signatures count. */
export interface ModelSigner {
  /** Id of the key that signs. */
  readonly id: string;
  sign(bytes: Uint8Array): Uint8Array;
  /** Whether `bytes` were signed by the key of this id; `undefined` when that key is not trusted. */
  verify(signer: string, bytes: Uint8Array, signature: Uint8Array): boolean | undefined;
}
