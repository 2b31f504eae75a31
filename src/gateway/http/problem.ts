import type { FastifyReply } from 'fastify';
import { ERROR_CODES, type ErrorCode } from '../../core/error-codes.ts';
import { WatchkeeperError, isWatchkeeperError } from '../../core/errors.ts';

/** An error on the wire: RFC 9457 problem details with the closed `code` and a `fix`. */
export interface Problem {
  /** `urn:watchkeeper:problem:<code in kebab-case>`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  /** What to do about it, '' when there is nothing to say. */
  readonly fix: string;
}

/** A problem in the form of another protocol. */
export interface ShapedProblem {
  readonly status: number;
  /** Content type. */
  readonly type: string;
  readonly body: string | Buffer;
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Turns anything thrown into a problem. What is not a WatchkeeperError, and not the router's own refusal, says nothing but INTERNAL. */
export function problemOf(error: unknown): Problem {
  if (isWatchkeeperError(error)) return describe(error);
  return describe(frameworkRefusal(error) ?? new WatchkeeperError('INTERNAL', INTERNAL_DETAIL));
}

/** Answers with a problem, in the form of the route's protocol where it has one. */
export function sendProblem(
  reply: FastifyReply,
  problem: Problem,
  shaped: ShapedProblem | undefined = undefined,
): FastifyReply {
  const status = shaped?.status ?? problem.status;
  if (status === 429 || status === 503) {
    if (!reply.hasHeader('retry-after')) void reply.header('retry-after', '1');
  }
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="watchkeeper"');
  return reply
    .code(status)
    .header('content-type', shaped?.type ?? PROBLEM_TYPE)
    .send(shaped?.body ?? JSON.stringify(problem));
}

const INTERNAL_DETAIL = 'The request failed inside Watchkeeper; its own log says why.';

function describe(error: WatchkeeperError): Problem {
  const words = error.code.toLowerCase().split('_');
  const title = words.join(' ');
  return {
    type: `urn:watchkeeper:problem:${words.join('-')}`,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    status: ERROR_CODES[error.code].status,
    detail: error.message,
    code: error.code,
    fix: error.fix ?? '',
  };
}

interface Refusal {
  readonly statusCode?: unknown;
  readonly code?: unknown;
  readonly validation?: readonly ValidationIssue[];
  readonly validationContext?: unknown;
}

interface ValidationIssue {
  readonly instancePath: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

function frameworkRefusal(error: unknown): WatchkeeperError | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const refusal = error as Refusal;
  if (refusal.validation !== undefined)
    return invalid(refusal.validation, refusal.validationContext);
  switch (refusal.statusCode) {
    case 400:
      return new WatchkeeperError('BAD_REQUEST', 'The request is malformed.', {
        fix: 'Check the URL, the headers and the length of the body.',
      });
    case 404:
      return new WatchkeeperError('NOT_FOUND', 'There is no such route.');
    case 413:
      return new WatchkeeperError('TOO_LARGE', 'The body is larger than this route takes.', {
        fix: 'Send it in smaller parts.',
      });
    case 415:
      return new WatchkeeperError(
        'UNSUPPORTED_MEDIA',
        'This route does not take that content type.',
        {
          fix: 'See /openapi.json for the content types of each route.',
        },
      );
    default:
      return undefined;
  }
}

function invalid(issues: readonly ValidationIssue[], context: unknown): WatchkeeperError {
  const where = typeof context === 'string' ? context : 'request';
  const texts = issues.map((issue) => {
    const extra = issue.params['additionalProperty'] ?? issue.params['allowedValues'];
    const which = extra === undefined ? '' : ` (${JSON.stringify(extra).slice(0, 200)})`;
    return `${where}${issue.instancePath} ${issue.message ?? 'is not valid'}${which}`;
  });
  return new WatchkeeperError('BAD_REQUEST', `${texts.join('; ')}.`, {
    fix: 'See /openapi.json for what this route takes.',
  });
}
