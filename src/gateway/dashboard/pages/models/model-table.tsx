import type { JSX } from 'preact';
import type { ModelRow } from '../../logic/model-rows.ts';
import { formatShare, intervalText } from '../../logic/performance-rows.ts';

/** Each model with its versions, and what is known of the one in force. */
export function ModelTable({ rows }: { rows: readonly ModelRow[] }): JSX.Element {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="Models as a table">
      <table data-testid="model-table">
        <caption class="visually-hidden">
          Models by name; the facts are those of the live version, else of the newest
        </caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Live</th>
            <th scope="col">Canary</th>
            <th scope="col">Shadow</th>
            <th scope="col">Trained (UTC)</th>
            <th scope="col">On features</th>
            <th scope="col">Measured then</th>
            <th scope="col">Precision here</th>
            <th scope="col" class="num">
              Size
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.name} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row }: { row: ModelRow }): JSX.Element {
  const { name, kind, live, canary, shadows, trained, features, metrics, size } = row;
  return (
    <tr data-testid="model-row" data-model={name}>
      <th scope="row">
        {name}
        <span class="under">{kind === '' ? 'cannot be read' : kind}</span>
      </th>
      <td class="mono nowrap">{live === '' ? <None /> : live}</td>
      <td class="mono nowrap">
        {canary === '' ? <None /> : canary}
        {canary === '' ? null : <span class="under">{row.canaryShare}</span>}
      </td>
      <td class="mono nowrap">{shadows.length === 0 ? <None /> : <Shadows ids={shadows} />}</td>
      <td class="nowrap">
        {trained}
        {row.shown === undefined || live !== '' ? null : (
          <span class="under">
            {row.shown.stage} {row.shown.id}
          </span>
        )}
      </td>
      <td class="nowrap">{features}</td>
      <td>{metrics.length === 0 ? <None /> : metrics.join(', ')}</td>
      <td class="nowrap">
        {row.performance === undefined ? (
          <None />
        ) : (
          <>
            {formatShare(row.performance.precision)}
            <span class="under">{intervalText(row.performance) ?? 'no label yet'}</span>
          </>
        )}
      </td>
      <td class="num nowrap">{size}</td>
    </tr>
  );
}

/** The newest, and how many more there are. */
function Shadows({ ids }: { ids: readonly string[] }): JSX.Element {
  return (
    <>
      {ids[0]}
      {ids.length === 1 ? null : <span class="muted"> +{ids.length - 1}</span>}
    </>
  );
}

function None(): JSX.Element {
  return <span class="muted">none</span>;
}
