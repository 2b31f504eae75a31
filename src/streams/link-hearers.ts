import { spellingHint } from '../core/edit-distance.ts';
import { configError, quoted } from '../core/yaml-node.ts';
import type { YamlMap, YamlNode, YamlPosition } from '../core/yaml-node.ts';
import type { Detector } from './detector.ts';

/** An entry of the configuration with its detector, and whether it runs. */
export interface BoundEntry {
  readonly detector: Detector;
  readonly isEnabled: boolean;
  readonly map: YamlMap;
}

/**
 * Ties detectors that hear others to those: each must exist, must not hear
 * others itself, and must run where the one that hears it runs. A detector
 * watches the kinds of subjects that all whom it hears watch.
 * @throws CONFIG_INVALID with the place of the name.
 */
export function linkHearers(entries: readonly BoundEntry[]): readonly BoundEntry[] {
  if (entries.every(({ detector }) => detector.hears === undefined)) return entries;
  const byId = new Map(entries.map((entry) => [entry.detector.id, entry]));
  return entries.map((entry) => {
    const { hears } = entry.detector;
    if (hears === undefined) return entry;
    const heard = hears.map((id) => heardOf(entry, id, byId));
    return { ...entry, detector: narrowed(entry, heard) };
  });
}

function heardOf(
  { detector, isEnabled, map }: BoundEntry,
  id: string,
  byId: ReadonlyMap<string, BoundEntry>,
): Detector {
  const found = byId.get(id);
  const complain = (text: string): Error => configError(placeOf(map, id), text);
  if (id === detector.id) throw complain(`${quoted(id)} cannot be a member of itself.`);
  if (found === undefined) {
    const known = [...byId.values()].filter((each) => each.detector.hears === undefined);
    const hint = spellingHint(
      id,
      known.map((each) => each.detector.id),
    );
    throw complain(`There is no detector ${quoted(id)}. ${hint}`);
  }
  if (found.detector.hears !== undefined) {
    throw complain(`${quoted(id)} has members itself, so it cannot be one.`);
  }
  if (isEnabled && !found.isEnabled) throw complain(`${quoted(id)} is switched off.`);
  return found.detector;
}

function narrowed({ detector, map }: BoundEntry, heard: readonly Detector[]): Detector {
  const subjects = detector.subjects.filter((kind) =>
    heard.every((each) => each.subjects.includes(kind)),
  );
  if (subjects.length > 0) return { ...detector, subjects };
  const each = heard.map(({ id, subjects: kinds }) => `${id} (${kinds.join(', ')})`).join(', ');
  throw configError(map.at, `No kind of subject is watched by every member: ${each}.`);
}

/** Where a name stands among the values of an entry; the entry itself when it stands nowhere. */
function placeOf(map: YamlMap, name: string): YamlPosition {
  for (const { node } of map.entries.values()) {
    const at = node.kind === 'list' ? find(node.items, name) : undefined;
    if (at !== undefined) return at;
  }
  return map.at;
}

function find(nodes: Iterable<YamlNode>, name: string): YamlPosition | undefined {
  for (const node of nodes) {
    if (node.kind === 'scalar' && node.value === name) return node.at;
    if (node.kind !== 'map') continue;
    const at = find(
      [...node.entries.values()].map((entry) => entry.node),
      name,
    );
    if (at !== undefined) return at;
  }
  return undefined;
}
