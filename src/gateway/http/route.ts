import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../../security/tokens.ts';
import type { SiteView } from '../scope/site-view.ts';
import type { RouteKey } from './policy.ts';
import type { Problem, ShapedProblem } from './problem.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What an answer holds, for the OpenAPI document. */
export interface Answer {
  readonly description: string;
  /** @default application/json */
  readonly type?: string;
  /** JSON Schema, or a reference to a component. */
  readonly schema?: JsonSchema;
}

/** One route of the API: what it takes, what it answers, and how. Who may call it stands in `policy.ts`. */
export interface Route {
  readonly key: RouteKey;
  readonly summary: string;
  readonly params?: JsonSchema;
  readonly query?: JsonSchema;
  /** Schema of a JSON body. */
  readonly body?: JsonSchema;
  /** Content types whose body the handler gets as bytes, instead of JSON. */
  readonly raw?: {
    /** `*` takes every type, and none. */
    readonly types: readonly string[];
    /** Before and after it is decompressed. */
    readonly maxBytes: number;
    /** Content codings that are undone before the handler runs. */
    readonly codings?: readonly string[];
    /** Whether there may be no body at all. @default false */
    readonly isOptional?: boolean;
  };
  /** Answers a problem in the form of the route's protocol; problem details where it gives none. */
  readonly problem?: (problem: Problem, request: FastifyRequest) => ShapedProblem | undefined;
  /** Request headers that matter, name to description. */
  readonly headers?: Readonly<Record<string, string>>;
  /** By status; problems need not be listed. */
  readonly answers: Readonly<Record<string, Answer>>;
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; `undefined` on routes that ask for nobody. */
    caller: Identity | undefined;
    /** What the caller may see of the site. */
    view: SiteView;
    /** Bytes of a raw body, decompressed. */
    bodyBytes: number;
    /** Whether some of its records are durable, whatever the answer. */
    isPartlyTaken: boolean;
  }
  interface FastifyContextConfig {
    /** Key of the route in the policy table. */
    route?: RouteKey;
    codings?: readonly string[];
    problem?: Route['problem'];
  }
}

/** Schema of an object with nothing but these properties. */
export function objectOf(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
): JsonSchema {
  return { type: 'object', properties, required: [...required], additionalProperties: false };
}

/** Reference to a component schema of the OpenAPI document. */
export function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}
