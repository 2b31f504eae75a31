import type { StreamEdge, StreamGraph, StreamNode, StreamUnit } from '../model/stream-graph.ts';
import { DEFAULT_STAGES } from './chain.ts';
import type { Detector } from './detector.ts';

/** What is shown of a detector. */
type Lane = Pick<Detector, 'id' | 'stages' | 'subjects' | 'where' | 'hears'>;

/** The channel that is always there: alerts are kept in the store. */
const STORE = 'store';

const SOURCES: readonly StreamNode[] = [
  { id: 'source/device', label: 'From watches', kind: 'source' },
  { id: 'source/service', label: 'From services', kind: 'source' },
];
const HEAD: readonly StreamNode[] = [
  { id: 'intake', label: 'Gateway intake', kind: 'intake' },
  { id: 'journal', label: 'Journal', kind: 'journal' },
  { id: 'dispatch', label: 'Dispatcher', kind: 'dispatch' },
];
const SUBJECTS: readonly StreamNode[] = [
  { id: 'subject/device', label: 'Watches', kind: 'subject' },
  { id: 'subject/service', label: 'Services', kind: 'subject' },
  { id: 'subject/user', label: 'Users', kind: 'subject' },
];
const ALERTER: StreamNode = { id: 'alerter', label: 'Alerter', kind: 'alerter' };
const ARCHIVE: StreamNode = { id: 'archive', label: 'Records, stored', kind: 'archive' };

/** Edges that every site has. */
const TRUNK: readonly StreamEdge[] = [
  edge('source/device', 'intake', 'frames'),
  edge('source/service', 'intake', 'groups'),
  edge('intake', 'journal', 'entries'),
  edge('journal', 'dispatch', 'entries'),
  edge('dispatch', 'subject/device', 'frames'),
  edge('dispatch', 'subject/service', 'groups'),
  edge('dispatch', 'subject/user', 'records'),
  edge('subject/device', 'archive', 'records'),
  edge('subject/service', 'archive', 'records'),
];

/**
 * Describes how records become alerts under these detectors: from the gateway
 * over the subjects through each detector's chain to the store and the given
 * channels, and how they get into the store. Plain data, in the order of the
 * configuration.
 */
export function streamGraph(
  { detectors }: { readonly detectors: readonly Lane[] },
  channels: readonly string[] = [],
): StreamGraph {
  const lanes = detectors.map((lane) => ({ lane, nodes: laneOf(lane) }));
  const ends = [...new Set([...channels, STORE])].map(channelOf);
  return {
    nodes: [
      ...SOURCES,
      ...HEAD,
      ...SUBJECTS,
      ...lanes.flatMap(({ nodes }) => nodes),
      ALERTER,
      ...ends,
      ARCHIVE,
    ],
    edges: [
      ...TRUNK,
      ...lanes.flatMap(({ lane, nodes }) => edgesOf(lane, nodes)),
      ...ends.map(({ id }) => edge(ALERTER.id, id, 'alerts')),
    ],
  };
}

function laneOf({ id, stages = DEFAULT_STAGES, where }: Lane): readonly StreamNode[] {
  const inLane = (part: string): string => `detector/${id}/${part}`;
  return [
    {
      id: inLane('select'),
      label: 'Select',
      kind: 'select',
      detector: id,
      ...(where === undefined ? {} : { where }),
    },
    ...stages.map((label, index): StreamNode => ({
      id: inLane(`stage-${index + 1}`),
      label,
      kind: 'stage',
      detector: id,
    })),
    { id: inLane('findings'), label: 'Findings', kind: 'findings', detector: id },
  ];
}

/** Records come in from the subjects, or findings from those it hears; steps go from stage to stage, findings come out. */
function edgesOf({ subjects, hears }: Lane, nodes: readonly StreamNode[]): readonly StreamEdge[] {
  const ids = nodes.map(({ id }) => id);
  const [select = '', ...rest] = ids;
  const last = rest.length - 1;
  return [
    ...(hears?.map((id) => edge(`detector/${id}/findings`, select, 'findings')) ??
      subjects.map((kind) => edge(`subject/${kind}`, select, 'records'))),
    ...rest.map((id, index) => edge(ids[index] ?? id, id, index === last ? 'findings' : 'steps')),
    edge(rest[last] ?? select, ALERTER.id, 'findings'),
  ];
}

function channelOf(name: string): StreamNode {
  return { id: `channel/${name}`, label: name, kind: 'channel' };
}

function edge(from: string, to: string, unit: StreamUnit): StreamEdge {
  return { from, to, unit };
}
