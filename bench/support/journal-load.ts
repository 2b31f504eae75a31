import { quantile } from './figures.ts';
import type { Writer } from './journal-writers.ts';

export interface Load {
  readonly bodyBytes: number;
  /** For the run at saturation. */
  readonly entries: number;
  /** For the run at 1,000 entries/s. */
  readonly pacedEntries: number;
}

interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Appends as fast as a bounded number in flight allows: 8,000 small entries or 200 large ones. */
export async function measureSaturated(
  writer: Writer,
  { bodyBytes, entries }: Load,
): Promise<{
  entriesPerSecond: number;
  mibPerSecond: number;
  cpuUsPerEntry: number;
  appendUs: number;
  saturated: Latency;
}> {
  const inFlight = bodyBytes < 1000 ? 8000 : 200;
  const perTurn = inFlight / 8;
  const body = bodyOf(bodyBytes);
  const latency = new Latencies(entries);
  writer.onDurable((upTo) => latency.durable(upTo));
  const cpu = process.cpuUsage();
  const start = performance.now();
  let appending = 0;
  for (let done = 0; done < entries;) {
    const before = performance.now();
    for (let i = 0; i < perTurn && done < entries; i += 1, done += 1) writer.append(body);
    appending += performance.now() - before;
    latency.appended(done);
    await new Promise(setImmediate);
    while (done - latency.done > inFlight) await writer.durable(done - inFlight);
  }
  await writer.durable(entries);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return {
    entriesPerSecond: (entries / ms) * 1000,
    mibPerSecond: (entries * bodyBytes) / ms / 1048.576,
    cpuUsPerEntry: (user + system) / entries,
    appendUs: (appending / entries) * 1000,
    saturated: latency.quantiles(),
  };
}

/** One entry each millisecond, whatever the writer does. */
export async function measurePaced(
  writer: Writer,
  { bodyBytes, entries, pacedEntries }: Load,
): Promise<Latency & { cpuShare: number }> {
  const body = bodyOf(bodyBytes);
  const latency = new Latencies(entries + pacedEntries);
  latency.skip(entries);
  writer.onDurable((upTo) => latency.durable(upTo));
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let sent = 0; sent < pacedEntries;) {
    const due = Math.min(pacedEntries, Math.floor(performance.now() - start));
    for (; sent < due; sent += 1) {
      writer.append(body);
      latency.appended(entries + sent + 1);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await writer.durable(entries + pacedEntries);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { ...latency.quantiles(), cpuShare: (user + system) / 1000 / ms };
}

/** Milliseconds from append to durable of each entry. */
class Latencies {
  readonly #at: Float64Array;
  readonly #ms: number[] = [];
  #appended = 0;
  done = 0;

  constructor(entries: number) {
    this.#at = new Float64Array(entries);
  }

  skip(entries: number): void {
    this.#appended = entries;
    this.done = entries;
  }

  appended(upTo: number): void {
    this.#at.fill(performance.now(), this.#appended, upTo);
    this.#appended = upTo;
  }

  durable(upTo: number): void {
    const now = performance.now();
    for (; this.done < upTo; this.done += 1) this.#ms.push(now - (this.#at[this.done] ?? now));
  }

  quantiles(): Latency {
    return { p50Ms: quantile(this.#ms, 0.5), p99Ms: quantile(this.#ms, 0.99) };
  }
}

function bodyOf(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 31) & 0xff);
}
