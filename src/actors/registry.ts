import type { Cancel } from '../core/clock.ts';
import { WatchkeeperError } from '../core/errors.ts';
import type { Command } from '../model/journal-entry.ts';
import { partitionOf, subjectId } from '../model/subject.ts';
import { packPart, unpackPart } from './entry-codec.ts';

/** An enrolled watch. */
export interface RegisteredDevice {
  readonly id: string;
  readonly publicKey: Uint8Array;
  readonly revoked: boolean;
  readonly enrolledAt: number;
}

type Row = readonly [publicKey: Uint8Array, revoked: boolean, enrolledAt: number];

/** Who may connect: a fold of enrol and revoke commands. Saved in 64 parts, so that one enrolment rewrites one of them. */
export class Registry {
  readonly #devices = new Map<string, Row>();
  readonly #dirty = new Set<number>();
  readonly #listeners = new Set<(id: string) => void>();

  get size(): number {
    return this.#devices.size;
  }

  has(id: string): boolean {
    return this.#devices.has(id);
  }

  find(id: string): RegisteredDevice | undefined {
    const row = this.#devices.get(id);
    if (row === undefined) return undefined;
    const [publicKey, revoked, enrolledAt] = row;
    return { id, publicKey, revoked, enrolledAt };
  }

  list(): RegisteredDevice[] {
    return [...this.#devices].map(([id, [publicKey, revoked, enrolledAt]]) => ({
      id,
      publicKey,
      revoked,
      enrolledAt,
    }));
  }

  onRevoked(listener: (id: string) => void): Cancel {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** @throws WatchkeeperError CONFLICT when the id is taken by another key, NOT_FOUND */
  apply(command: Command, at: number): void {
    if (command.type === 'device.enroll') this.#enroll(command, at);
    if (command.type === 'device.revoke') this.#revoke(command.device);
  }

  dirtyParts(): [string, Uint8Array][] {
    const parts = new Map<number, [string, ...Row][]>(
      [...this.#dirty].map((bucket) => [bucket, []]),
    );
    for (const [id, row] of this.#devices) parts.get(bucketOf(id))?.push([id, ...row]);
    this.#dirty.clear();
    return [...parts].map(([bucket, rows]) => [`registry/${bucket}`, packPart(rows)]);
  }

  restorePart(bytes: Uint8Array): void {
    for (const [id, ...row] of unpackPart<[string, ...Row][]>(bytes)) this.#devices.set(id, row);
  }

  #enroll(command: Command & { type: 'device.enroll' }, at: number): void {
    const existing = this.#devices.get(command.device);
    if (existing !== undefined && !isSameKey(existing[0], command.publicKey)) {
      throw new WatchkeeperError(
        'CONFLICT',
        `The device "${command.device}" is enrolled with another key.`,
        {
          fix: 'Choose another id; a revoked id is never used again.',
        },
      );
    }
    if (existing !== undefined) return;
    this.#devices.set(command.device, [Uint8Array.from(command.publicKey), false, at]);
    this.#dirty.add(bucketOf(command.device));
  }

  #revoke(device: string): void {
    const row = this.#devices.get(device);
    if (row === undefined)
      throw new WatchkeeperError('NOT_FOUND', `No device "${device}" is enrolled.`);
    this.#devices.set(device, [row[0], true, row[2]]);
    this.#dirty.add(bucketOf(device));
    for (const listener of this.#listeners) listener(device);
  }
}

function bucketOf(id: string): number {
  return partitionOf(subjectId('device', id));
}

function isSameKey(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a).equals(b);
}
