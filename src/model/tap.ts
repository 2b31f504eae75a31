import type { CountedEdge } from './stream-graph.ts';
import type { VerdictCount } from './verdict.ts';

/** Taken in and durable; refused, with requests and connections refused as a whole; taken in, but kept raw because no parser could read it. */
export type InputFlowKind = 'taken' | 'refused' | 'unparsed';

/** A total since the site went live, and per second of real time over the last few seconds. */
export interface Throughput {
  readonly total: number;
  readonly rate: number;
}

/** What comes by one input: its name in `config/inputs.yaml`, a protocol over HTTP, or `watches`. */
export interface TappedInput extends Readonly<Record<InputFlowKind, Throughput>> {
  readonly name: string;
  readonly unit: 'records' | 'frames';
}

/** What passes through the site, edge by edge of the stream graph. */
export interface Tap {
  /** Site time in ms: now, and when counting began. */
  readonly at: number;
  readonly since: number;
  readonly edges: readonly CountedEdge[];
  readonly inputs: readonly TappedInput[];
  /** Steps of detectors by kind of subject and verdict. */
  readonly verdicts: readonly VerdictCount[];
}
