const GROWTH = 1.25;
const FIRST = 64;

/** What is known of one (device, epoch): the last sequence numbers, and which key exchange its hello carried. */
export class SessionColumns {
  epoch: Uint32Array = new Uint32Array(FIRST);
  urgent: Float64Array = new Float64Array(FIRST);
  bulk: Float64Array = new Float64Array(FIRST);
  /** 48 bits of a digest of key id and `enc`; 0 when unknown. */
  seal: Float64Array = new Float64Array(FIRST);

  grow(size: number): void {
    this.epoch = copyInto(new Uint32Array(size), this.epoch);
    this.urgent = copyInto(new Float64Array(size), this.urgent);
    this.bulk = copyInto(new Float64Array(size), this.bulk);
    this.seal = copyInto(new Float64Array(size), this.seal);
  }

  copy(slot: number, from: SessionColumns): void {
    this.epoch[slot] = from.epoch[slot] ?? 0;
    this.urgent[slot] = from.urgent[slot] ?? 0;
    this.bulk[slot] = from.bulk[slot] ?? 0;
    this.seal[slot] = from.seal[slot] ?? 0;
  }
}

/** The next size of columns of `size` rows; typed arrays of 100,000 rows stay within a quarter of what is used. */
export function nextSize(size: number): number {
  return Math.max(FIRST, Math.ceil(size * GROWTH));
}

export function copyInto<A extends Uint8Array | Uint32Array | Float64Array>(
  target: A,
  source: A,
): A {
  target.set(source);
  return target;
}
