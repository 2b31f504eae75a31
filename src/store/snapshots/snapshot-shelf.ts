/**
 * What an engine does for snapshots. Each part is kept in versions by base;
 * a manifest names the parts that one snapshot wrote.
 */
export interface SnapshotShelf {
  /** Bases of the manifests, newest first. */
  bases(): Promise<readonly number[]>;
  /** Names of the parts that the snapshot wrote. @throws STORE_CORRUPT when the manifest is gone or damaged. */
  manifest(base: number): Promise<readonly string[]>;
  /** Whether the manifest and every part that the snapshot wrote are there and match their checksums. */
  verify(base: number): Promise<boolean>;
  /** Newest version of a part at or below `base`. @throws STORE_CORRUPT */
  version(
    part: string,
    base: number,
  ): Promise<{ readonly base: number; readonly state: Uint8Array } | undefined>;
  /** Writes versions that no manifest names yet; durable when it resolves. */
  write(base: number, parts: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /** Writes the manifest, then forgets what is retired; the manifest is durable when it resolves. */
  publish(base: number, parts: readonly string[], retired: Retired): Promise<void>;
  /** Removes what a crash left: see {@link Kept}. */
  sweep(kept: Kept): Promise<void>;
  /** Names of parts that have a version at or below `base`, ascending. */
  names(prefix: string, base: number): AsyncIterable<string>;
}

/** What no snapshot that is kept needs. */
export interface Retired {
  /** Manifests below this base. */
  readonly manifestsBelow: number;
  /** Of these parts, versions below `versionsBelow`. */
  readonly parts: readonly string[];
  readonly versionsBelow: number;
}

/** What a sweep leaves. */
export interface Kept {
  /** Manifests and versions above this base go. */
  readonly above: number;
  /** Of each part, the newest version at or below this base is kept, and older ones go. */
  readonly keepFrom: number;
}
