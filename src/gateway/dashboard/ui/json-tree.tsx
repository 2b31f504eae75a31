import type { JSX } from 'preact';

const MAX_ENTRIES = 100;

/** Plain data as a tree that opens level by level. */
export function JsonTree({ value, depth = 0 }: { value: unknown; depth?: number }): JSX.Element {
  if (typeof value !== 'object' || value === null) return <Leaf value={value} />;
  const entries = Object.entries(value);
  if (entries.length === 0)
    return <span class="json-leaf">{Array.isArray(value) ? '[]' : '{}'}</span>;
  return (
    <ul class="json">
      {entries.slice(0, MAX_ENTRIES).map(([key, inner]) => (
        <li key={key}>
          <Entry name={key} value={inner} depth={depth} />
        </li>
      ))}
      {entries.length > MAX_ENTRIES ? (
        <li class="muted">{entries.length - MAX_ENTRIES} more</li>
      ) : null}
    </ul>
  );
}

function Entry({
  name,
  value,
  depth,
}: {
  name: string;
  value: unknown;
  depth: number;
}): JSX.Element {
  const size = typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
  if (size === 0) {
    return (
      <>
        <span class="json-key">{name}</span> <JsonTree value={value} />
      </>
    );
  }
  return (
    <details open={depth < 1}>
      <summary>
        <span class="json-key">{name}</span>{' '}
        <span class="muted">{Array.isArray(value) ? `[${size}]` : `{${size}}`}</span>
      </summary>
      <JsonTree value={value} depth={depth + 1} />
    </details>
  );
}

function Leaf({ value }: { value: unknown }): JSX.Element {
  const kind = value === null || value === undefined ? 'none' : typeof value;
  const text = typeof value === 'string' ? value : kind === 'none' ? '–' : String(value);
  return <span class={`json-leaf json-${kind}`}>{text}</span>;
}
