import type { ParsedLine } from '../line-parser.ts';
import { authAttributes, textAt, type AuthFacts } from './auth-facts.ts';
import { IDENTITY_PROVIDERS } from './identity-providers.ts';
import type { Fields } from './map-fields.ts';

/**
 * A record of a sign-in at an identity provider (OpenID Connect, OAuth 2.0)
 * with the same attributes as a login at a host: `auth_outcome`,
 * `auth_action`, `auth_method`, `source_ip`, `auth_client` and `auth_reason`.
 * A failed attempt is an ERROR with the code AUTH_FAILED, or AUTH_DENIED where
 * a policy refused who was known. The record itself when the event is none.
 */
export function withIdentity(record: ParsedLine, fields: Fields): ParsedLine {
  const facts = identityFacts(fields);
  if (facts === undefined) return record;
  const isFailure = facts.outcome === 'failure';
  const userId = facts.user ?? record.user_id;
  const own = isFailure ? failureOf(record, facts) : {};
  return {
    ...record,
    ...own,
    ...(userId === undefined ? {} : { user_id: userId }),
    attributes: { ...record.attributes, ...authAttributes(facts) },
  };
}

function failureOf(record: ParsedLine, { isDenied }: AuthFacts): Partial<ParsedLine> {
  return {
    level: record.level === 'CRITICAL' ? 'CRITICAL' : 'ERROR',
    error_code: isDenied === true ? 'AUTH_DENIED' : 'AUTH_FAILED',
  };
}

function identityFacts(fields: Fields): AuthFacts | undefined {
  for (const { mark, read } of IDENTITY_PROVIDERS) {
    // Most events are no sign-in: one look at one name tells.
    if (textAt(fields, mark) === undefined) continue;
    const facts = read(fields);
    if (facts !== undefined) return facts;
  }
  return undefined;
}
