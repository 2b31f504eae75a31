import type { JSX } from 'preact';
import type {
  CountedEdge,
  StreamGraph,
  StreamKind,
  StreamNode,
} from '../../../../model/stream-graph.ts';

const MEANINGS: Readonly<Record<StreamKind, string>> = Object.freeze({
  source: 'Who sends',
  intake: 'Takes frames of watches and records of services',
  journal: 'Makes them durable before anything else',
  dispatch: 'Hands what is durable to the actors of its subjects',
  subject: 'Actors that open the seal, check the records and keep the state',
  select: 'Picks the records that the detector asks for',
  stage: 'A step of the detector’s chain',
  findings: 'What it found: open, update, resolve',
  alerter: 'One alert for findings that belong together',
  channel: 'Where alerts are sent',
  archive: 'Keeps the records for queries',
});

/** `1,234 records, 12.5/s`. */
export function passing({ total, unit, rate }: CountedEdge): string {
  return `${total.toLocaleString('en-US')} ${unit}${rate > 0 ? `, ${rate}/s` : ''}`;
}

/** What the drawing shows, for those who do not see it. */
export function StreamTable({
  graph: { nodes, edges },
}: {
  graph: StreamGraph<CountedEdge>;
}): JSX.Element {
  const feeds = feedsOf(nodes, edges);
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="Streams as a table">
      <table data-testid="stream-table">
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Detector</th>
            <th scope="col">Feeds, and what passed</th>
            <th scope="col" class="wide">
              What it does
            </th>
          </tr>
        </thead>
        <tbody>
          {nodes.map(({ id, label, kind, detector, where }) => (
            <tr key={id}>
              <th scope="row" class="nowrap">
                {label}
              </th>
              <td>{detector ?? ''}</td>
              <td>{feeds(id)}</td>
              <td class="muted wide">
                {where === undefined ? MEANINGS[kind] : `${MEANINGS[kind]}, where ${where}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What a node feeds, each with what passed. */
function feedsOf(
  nodes: readonly StreamNode[],
  edges: readonly CountedEdge[],
): (id: string) => string {
  const labels = new Map(
    nodes.map(({ id, label, kind, detector }) => [
      id,
      kind === 'select' ? `${label} of ${detector}` : label,
    ]),
  );
  return (id) =>
    edges
      .flatMap((edge) =>
        edge.from === id ? `${labels.get(edge.to) ?? edge.to}: ${passing(edge)}` : [],
      )
      .join(', ');
}
