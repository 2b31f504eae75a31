import { WatchkeeperError } from '../../core/errors.ts';

/** Bounds of a numeric option, both included. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly isWhole?: boolean;
}

/** Numeric options by name. */
export type NumericBounds<Options> = {
  readonly [Name in keyof Options as Options[Name] extends number ? Name : never]: Bounds;
};

/** Names that a text option may have, by option. */
export type Choices<Options> = {
  readonly [
    Name in keyof Options as Options[Name] extends string ? Name : never
  ]: readonly Options[Name][];
};

/** What the options of a kind may be. */
export type OptionLimits<Options> = NumericBounds<Options> & Choices<Options>;

/**
 * `given` over `defaults`, every number within its bounds and every text among its choices.
 * @throws MODEL_INPUT naming the first option that is not.
 */
export function checkedOptions<Options extends object>(
  defaults: Options,
  given: Partial<Options>,
  limits: OptionLimits<Options>,
): Options {
  const options = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (!(name in defaults)) throw refusal(`There is no option "${name}".`);
    if (value !== undefined) options[name as keyof Options] = value as Options[keyof Options];
  }
  const problem = optionProblem(options, limits);
  if (problem !== undefined) throw refusal(`Option ${problem}.`);
  return options;
}

/** The first option that breaks its limits, and how. */
export function optionProblem<Options extends object>(
  options: Options,
  limits: OptionLimits<Options>,
): string | undefined {
  for (const [name, limit] of Object.entries(limits) as [string, Bounds | readonly string[]][]) {
    const value: unknown = options[name as keyof Options];
    const problem = isChoice(limit) ? notAmong(value, limit) : outside(value, limit);
    if (problem !== undefined) return `"${name}" is ${problem}`;
  }
  return undefined;
}

/** How `value` breaks the bounds, or `undefined`. */
export function outside(value: unknown, { min, max, isWhole = false }: Bounds): string | undefined {
  if (typeof value !== 'number' || Number.isNaN(value)) return 'no number';
  if (isWhole && !Number.isInteger(value)) return 'no whole number';
  return value < min || value > max ? `outside ${min} to ${max}` : undefined;
}

function isChoice(limit: Bounds | readonly string[]): limit is readonly string[] {
  return Array.isArray(limit);
}

function notAmong(value: unknown, choices: readonly string[]): string | undefined {
  return choices.some((choice) => choice === value) ? undefined : `none of ${choices.join(', ')}`;
}

function refusal(message: string): WatchkeeperError {
  return new WatchkeeperError('MODEL_INPUT', message, {
    fix: 'The kind documents its options, their units and bounds.',
  });
}
