/** What a part of the stream graph is. */
export const STREAM_KINDS = Object.freeze([
  'source',
  'intake',
  'journal',
  'dispatch',
  'subject',
  'select',
  'stage',
  'findings',
  'alerter',
  'channel',
  'archive',
] as const);

export type StreamKind = (typeof STREAM_KINDS)[number];

/** What passes along an edge. */
export const STREAM_UNITS = Object.freeze([
  'frames',
  'groups',
  'entries',
  'records',
  'steps',
  'findings',
  'alerts',
] as const);

export type StreamUnit = (typeof STREAM_UNITS)[number];

export interface StreamNode {
  /** Unique in the graph. */
  readonly id: string;
  readonly label: string;
  readonly kind: StreamKind;
  /** Id of the detector whose part it is. */
  readonly detector?: string;
  /** Filter that records must match to get here. */
  readonly where?: string;
}

export interface StreamEdge {
  readonly from: string;
  readonly to: string;
  readonly unit: StreamUnit;
}

/** An edge with what has passed it since the site went live. */
export interface CountedEdge extends StreamEdge {
  readonly total: number;
  /** Per second of real time, over the last few seconds. */
  readonly rate: number;
}

/** How records become alerts: a directed graph without cycles. */
export interface StreamGraph<Edge extends StreamEdge = StreamEdge> {
  readonly nodes: readonly StreamNode[];
  readonly edges: readonly Edge[];
}
