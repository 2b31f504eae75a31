import type { JSX } from 'preact';
import type { StreamGraph, StreamKind } from '../../../../model/stream-graph.ts';

const MEANINGS: Readonly<Record<StreamKind, string>> = Object.freeze({
  intake: 'Takes frames of watches and records of services',
  journal: 'Makes them durable before anything else',
  decode: 'Opens the seal, reads and checks the records',
  select: 'Picks the records that the detector asks for',
  stage: 'A step of the detector’s chain',
  findings: 'What it found: open, update, resolve',
  alerter: 'One alert for findings that belong together',
  channel: 'Where alerts are sent',
});

/** What the drawing shows, for those who do not see it. */
export function StreamTable({ graph: { nodes, edges } }: { graph: StreamGraph }): JSX.Element {
  const labels = new Map(
    nodes.map(({ id, label, kind, detector }) => [
      id,
      kind === 'select' ? `${label} of ${detector}` : label,
    ]),
  );
  const feeds = (id: string): string =>
    edges.flatMap(({ from, to }) => (from === id ? (labels.get(to) ?? to) : [])).join(', ');
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="Streams as a table">
      <table data-testid="stream-table">
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Detector</th>
            <th scope="col">Feeds</th>
            <th scope="col" class="wide">
              What it does
            </th>
          </tr>
        </thead>
        <tbody>
          {nodes.map(({ id, label, kind, detector }) => (
            <tr key={id}>
              <th scope="row" class="nowrap">
                {label}
              </th>
              <td>{detector ?? ''}</td>
              <td>{feeds(id)}</td>
              <td class="muted wide">{MEANINGS[kind]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
