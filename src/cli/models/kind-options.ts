import { InvalidArgumentError } from 'commander';
import { WatchkeeperError } from '../../core/errors.ts';
import { spellingHint } from '../../core/edit-distance.ts';
import type { KnownKind } from '../../ml/registry/model-kinds.ts';

export type KindOptions = Readonly<Record<string, unknown>>;

/** Collects `--option name=value`; snake_case and camelCase are the same. */
export function collectOption(text: string, before: KindOptions = {}): KindOptions {
  const [, name, value] = /^([A-Za-z][\w-]*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('Expected name=value, for example trees=200.');
  }
  return { ...before, [camelCase(name)]: valueOf(value) };
}

/** `options` themselves. @throws USAGE for one that the kind does not have */
export function checkOptions({ kind }: KnownKind, options: KindOptions): KindOptions {
  const known = Object.keys(kind.defaults);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return options;
  throw new WatchkeeperError('USAGE', `${kind.kind} has no option "${unknown}".`, {
    fix: spellingHint(unknown, known),
  });
}

/** `trees=100 sampleSize=256`, for people. */
export function optionsText(options: object): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(' ');
}

function camelCase(name: string): string {
  return name.replace(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function valueOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  return text.trim() !== '' && !Number.isNaN(number) ? number : text;
}
