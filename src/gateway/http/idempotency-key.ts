import type { FastifyRequest } from 'fastify';
import { WatchkeeperError } from '../../core/errors.ts';

/**
 * The request's `Idempotency-Key`, if it has one.
 * @throws WatchkeeperError BAD_REQUEST when it is not 1 to 200 printable ASCII characters.
 */
export function idempotencyKey({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new WatchkeeperError(
    'BAD_REQUEST',
    'Expected an Idempotency-Key of 1 to 200 printable ASCII characters without spaces.',
  );
}
