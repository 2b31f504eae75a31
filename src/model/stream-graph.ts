/** What a part of the stream graph is. */
export const STREAM_KINDS = Object.freeze([
  'intake',
  'journal',
  'decode',
  'select',
  'stage',
  'findings',
  'alerter',
  'channel',
] as const);

export type StreamKind = (typeof STREAM_KINDS)[number];

export interface StreamNode {
  /** Unique in the graph. */
  readonly id: string;
  readonly label: string;
  readonly kind: StreamKind;
  /** Id of the detector whose part it is. */
  readonly detector?: string;
}

export interface StreamEdge {
  readonly from: string;
  readonly to: string;
}

/** How records become alerts: a directed graph without cycles. */
export interface StreamGraph {
  readonly nodes: readonly StreamNode[];
  readonly edges: readonly StreamEdge[];
}
