import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../core/duration.ts';

/** Reads `90`, `90s`, `15m`, `1h 30m` as ms above 0; a bare number is seconds. */
export function durationMs(text: string): number {
  const ms = parseDuration(/^[\d.]+$/.test(text) ? `${text}s` : text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('Expected a duration such as 90s, 15m or 2h.');
}

/** Reads a whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

/** Reads a number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

/** Reads a surprise above 0, at most 16. */
export function surprise(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 16) return value;
  throw new InvalidArgumentError('Expected a surprise above 0, at most 16.');
}
