import type { Fields } from './map-fields.ts';

/** What an event says about an attempt to prove who one is. */
export interface AuthFacts {
  readonly outcome: 'failure' | 'success';
  /** `login`, `token`, `logout` or `mfa`. */
  readonly action: string;
  readonly user?: string | undefined;
  readonly method?: string | undefined;
  readonly sourceIp?: string | undefined;
  /** The application that asked. */
  readonly client?: string | undefined;
  /** As the provider writes it. */
  readonly reason?: string | undefined;
  /** Whoever it was is known, and may not. */
  readonly isDenied?: boolean;
}

/** Characters of a value that is kept. */
const MAX_LENGTH = 256;
const IP = /^[0-9A-Fa-f.:]{3,45}$/;

/** A field as text, by its name or by a path of names through objects. */
export function textAt(fields: Fields, path: string): string | undefined {
  const found = Object.hasOwn(fields, path) ? fields[path] : nested(fields, path);
  if (typeof found === 'number') return String(found);
  if (typeof found !== 'string' || found === '' || found === 'null') return undefined;
  return found.length > MAX_LENGTH ? found.slice(0, MAX_LENGTH) : found;
}

function nested(fields: Fields, path: string): unknown {
  if (!path.includes('.')) return undefined;
  let inner: unknown = fields;
  for (const name of path.split('.')) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, name))
      return undefined;
    inner = (inner as Fields)[name];
  }
  return inner;
}

/** The attributes that logins of hosts have too. */
export function authAttributes(facts: AuthFacts): Record<string, unknown> {
  const found: Record<string, unknown> = {
    auth_outcome: facts.outcome,
    auth_action: facts.action,
  };
  if (facts.method !== undefined) found['auth_method'] = facts.method;
  if (facts.sourceIp !== undefined && IP.test(facts.sourceIp)) found['source_ip'] = facts.sourceIp;
  if (facts.client !== undefined) found['auth_client'] = facts.client;
  if (facts.reason !== undefined) found['auth_reason'] = facts.reason;
  return found;
}
