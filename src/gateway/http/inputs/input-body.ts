import type { FastifyRequest } from 'fastify';
import type { HttpLimits } from '../limits.ts';
import type { Route } from '../route.ts';
import { CODINGS } from '../content-coding.ts';

/** How the routes of inputs take their bodies. */
export function inputBody(
  types: readonly string[],
  { inputBodyBytes }: Pick<HttpLimits, 'inputBodyBytes'>,
): NonNullable<Route['raw']> {
  return { types, maxBytes: inputBodyBytes, codings: CODINGS };
}

/** Content type without parameters, in lower case. */
export function mediaType({ headers }: FastifyRequest): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** One line on what was rejected, for protocols that have no list. */
export function rejectionText(
  rejected: readonly {
    readonly index: number;
    readonly pointer: string;
    readonly reason: string;
  }[],
): string {
  const [first] = rejected;
  if (first === undefined) return '';
  const where = `record ${first.index}${first.pointer === '' ? '' : `, ${first.pointer}`}`;
  return `${rejected.length} rejected and kept as dead letters; the first: ${where}: ${first.reason}`;
}
