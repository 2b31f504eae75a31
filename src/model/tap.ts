import type { CountedEdge } from './stream-graph.ts';
import type { VerdictCount } from './verdict.ts';

/** What passes through the site, edge by edge of the stream graph. */
export interface Tap {
  /** Site time in ms: now, and when counting began. */
  readonly at: number;
  readonly since: number;
  readonly edges: readonly CountedEdge[];
  /** Steps of detectors by kind of subject and verdict. */
  readonly verdicts: readonly VerdictCount[];
}
