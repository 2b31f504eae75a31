import { textAt, type AuthFacts } from './auth-facts.ts';
import type { Fields } from './map-fields.ts';

/** How one provider writes a sign-in down. */
interface IdentityProvider {
  /** A field that each of its sign-ins has. */
  readonly mark: string;
  readonly read: (fields: Fields) => AuthFacts | undefined;
}

/** Who was known and refused by policy, rather than by a wrong proof. */
const DENIED =
  /access[_ ]?denied|consent|not_allowed|disabled|locked|unauthorized_client|policy|blocked|suspended/i;
const SUCCESS = /^(?:success|successful|allow|succeeded)$/i;
const FAILURE = /^(?:failure|failed|deny|denied|failure_blocked|challenge_failed)$/i;

/** Keycloak's user events: `LOGIN`, `LOGIN_ERROR`, `CODE_TO_TOKEN_ERROR`, … as JSON or key="value". */
const keycloak: IdentityProvider = {
  mark: 'realmId',
  read(fields) {
    const [, what, isError] =
      /^(LOGIN|LOGOUT|CODE_TO_TOKEN|REFRESH_TOKEN|CLIENT_LOGIN|TOKEN_EXCHANGE)(_ERROR)?$/.exec(
        textAt(fields, 'type') ?? '',
      ) ?? [];
    if (what === undefined) return undefined;
    const reason = textAt(fields, 'error');
    return {
      outcome: isError === undefined ? 'success' : 'failure',
      action: what === 'LOGIN' || what === 'LOGOUT' ? what.toLowerCase() : 'token',
      user:
        textAt(fields, 'details.username') ??
        textAt(fields, 'username') ??
        textAt(fields, 'userId'),
      method:
        textAt(fields, 'details.auth_method') ?? textAt(fields, 'auth_method') ?? 'openid-connect',
      sourceIp: textAt(fields, 'ipAddress'),
      client: textAt(fields, 'clientId'),
      reason,
      isDenied: isDenied(reason),
    };
  },
};

/** Okta's System Log: sessions, factors and tokens. */
const okta: IdentityProvider = {
  mark: 'eventType',
  read(fields) {
    const type = textAt(fields, 'eventType') ?? '';
    const [, family] =
      /^(user\.session\.start|user\.session\.end|user\.authentication|app\.oauth2)/.exec(type) ??
      [];
    const outcome = outcomeOf(textAt(fields, 'outcome.result'));
    if (family === undefined || outcome === undefined) return undefined;
    const reason = textAt(fields, 'outcome.reason');
    const action =
      family === 'app.oauth2' ? 'token' : family === 'user.session.end' ? 'logout' : 'login';
    return {
      outcome,
      action: type.includes('mfa') ? 'mfa' : action,
      user: textAt(fields, 'actor.alternateId') ?? textAt(fields, 'actor.id'),
      method: textAt(fields, 'authenticationContext.credentialType'),
      sourceIp: textAt(fields, 'client.ipAddress'),
      reason,
      isDenied: isDenied(reason) || textAt(fields, 'outcome.result') === 'DENY',
    };
  },
};

/** Auth0's tenant logs: codes of one to five letters. */
const auth0: IdentityProvider = {
  mark: 'log_id',
  read(fields) {
    const found = AUTH0_TYPES[textAt(fields, 'type') ?? ''];
    if (found === undefined) return undefined;
    const [outcome, action, isRefused] = found;
    return {
      outcome,
      action,
      user: textAt(fields, 'user_name') ?? textAt(fields, 'user_id'),
      method: textAt(fields, 'strategy'),
      sourceIp: textAt(fields, 'ip'),
      client: textAt(fields, 'client_name') ?? textAt(fields, 'client_id'),
      reason: outcome === 'failure' ? textAt(fields, 'description') : undefined,
      isDenied: isRefused === true,
    };
  },
};

const AUTH0_TYPES: Readonly<
  Record<string, readonly [AuthFacts['outcome'], string, boolean?] | undefined>
> = Object.freeze({
  __proto__: null as never,
  s: ['success', 'login'],
  f: ['failure', 'login'],
  fp: ['failure', 'login'],
  fu: ['failure', 'login'],
  limit_wc: ['failure', 'login', true],
  limit_mu: ['failure', 'login', true],
  slo: ['success', 'logout'],
  flo: ['failure', 'logout'],
  seacft: ['success', 'token'],
  feacft: ['failure', 'token'],
  sertft: ['success', 'token'],
  fertft: ['failure', 'token'],
  gd_auth_failed: ['failure', 'mfa'],
  gd_auth_succeed: ['success', 'mfa'],
});

/** Microsoft Entra's sign-in logs; error code 0 is success, 53003 and the like are policies. */
const entra: IdentityProvider = {
  mark: 'category',
  read(fields) {
    if (!/SignInLogs$/.test(textAt(fields, 'category') ?? '')) return undefined;
    const code = textAt(fields, 'properties.status.errorCode') ?? textAt(fields, 'resultType');
    if (code === undefined) return undefined;
    return {
      outcome: code === '0' ? 'success' : 'failure',
      action: 'login',
      user: textAt(fields, 'properties.userPrincipalName') ?? textAt(fields, 'identity'),
      method: textAt(fields, 'properties.authenticationProtocol'),
      sourceIp: textAt(fields, 'properties.ipAddress') ?? textAt(fields, 'callerIpAddress'),
      client: textAt(fields, 'properties.appDisplayName'),
      reason: code === '0' ? undefined : code,
      isDenied: /^53\d{3}$|^50053$|^50057$|^50105$/.test(code),
    };
  },
};

/** The Elastic Common Schema: category `authentication` and an outcome. */
const elastic: IdentityProvider = {
  mark: 'event.outcome',
  read(fields) {
    const outcome = outcomeOf(textAt(fields, 'event.outcome'));
    if (outcome === undefined || !isAuthentication(fields)) return undefined;
    const reason = textAt(fields, 'event.reason') ?? textAt(fields, 'error.code');
    return {
      outcome,
      action: textAt(fields, 'event.action') ?? 'login',
      user:
        textAt(fields, 'user.name') ?? textAt(fields, 'user.email') ?? textAt(fields, 'user.id'),
      sourceIp: textAt(fields, 'source.ip'),
      reason,
      isDenied: isDenied(reason),
    };
  },
};

function isAuthentication(fields: Fields): boolean {
  const inner = fields['event'];
  const nested = typeof inner === 'object' && inner !== null ? (inner as Fields)['category'] : '';
  const category = fields['event.category'] ?? nested;
  return category === 'authentication' || [category].flat().includes('authentication');
}

/**
 * The errors that OAuth 2.0 (RFC 6749, 4.1.2.1 and 5.2) and OpenID Connect
 * Core 1.0 (3.1.2.6) name, in the log of any server that says what was asked.
 */
const standard: IdentityProvider = {
  mark: 'error',
  read(fields) {
    const reason = textAt(fields, 'error') ?? '';
    const grant = textAt(fields, 'grant_type');
    const method = grant ?? textAt(fields, 'response_type');
    if (method === undefined || !STANDARD_ERRORS.has(reason)) return undefined;
    return {
      outcome: 'failure',
      action: grant === undefined ? 'login' : 'token',
      user: textAt(fields, 'sub') ?? textAt(fields, 'username'),
      method,
      sourceIp: textAt(fields, 'ip') ?? textAt(fields, 'remote_ip'),
      client: textAt(fields, 'client_id'),
      reason,
      isDenied: isDenied(reason),
    };
  },
};

const STANDARD_ERRORS: ReadonlySet<string> = new Set([
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client'],
  ...['unsupported_grant_type', 'invalid_scope', 'access_denied', 'unsupported_response_type'],
  ...['interaction_required', 'login_required', 'account_selection_required', 'consent_required'],
]);

export const IDENTITY_PROVIDERS: readonly IdentityProvider[] = [
  ...[keycloak, okta, auth0, entra, elastic, standard],
];

function outcomeOf(text: string | undefined): AuthFacts['outcome'] | undefined {
  if (text === undefined) return undefined;
  return SUCCESS.test(text) ? 'success' : FAILURE.test(text) ? 'failure' : undefined;
}

function isDenied(reason: string | undefined): boolean {
  return reason !== undefined && DENIED.test(reason);
}
