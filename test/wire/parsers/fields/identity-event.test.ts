import assert from 'node:assert/strict';
import fc from 'fast-check';

import { findLineParser } from '../../../../src/wire/parsers/registry.ts';
import { describe } from '../../../support/suite.ts';

const json = findLineParser('json');
const keycloak = findLineParser('keycloak');
const RECEIVED = Date.UTC(2026, 4, 1, 12);

/** Level, code, user and what was added to the attributes, in one line. */
function told(parser: typeof json, line: string): string {
  const record = parser?.parse(line, { receivedAt: RECEIVED });
  assert.ok(record !== undefined, line);
  const { level, error_code: code, user_id: user, attributes = {} } = record;
  const auth = ['outcome', 'action', 'method', 'client', 'reason'].map(
    (name) => attributes[`auth_${name}`],
  );
  return [level, code, user, ...auth, attributes['source_ip']].map((x) => x ?? '-').join(' ');
}

const event = (fields: object): string => told(json, JSON.stringify(fields));

describe('sign-ins at identity providers', (it) => {
  it('reads Keycloak’s events', () => {
    const login = { realmId: 'shop', clientId: 'web', userId: null, ipAddress: '10.0.0.7' };
    const details = { username: 'bob', auth_method: 'openid-connect' };
    assert.equal(
      event({ ...login, type: 'LOGIN_ERROR', error: 'invalid_user_credentials', details }),
      'ERROR AUTH_FAILED bob failure login openid-connect web invalid_user_credentials 10.0.0.7',
    );
    assert.equal(
      event({ ...login, type: 'LOGIN', details }),
      'INFO - bob success login openid-connect web - 10.0.0.7',
    );
    assert.equal(
      event({ ...login, type: 'CODE_TO_TOKEN_ERROR', error: 'user_disabled', details }),
      'ERROR AUTH_DENIED bob failure token openid-connect web user_disabled 10.0.0.7',
    );
    assert.equal(event({ ...login, type: 'UPDATE_PROFILE' }), 'INFO - - - - - - - -');
  });

  it('reads Keycloak’s server log, quoted as it is now and bare as it was', () => {
    const head = '2026-05-01 11:59:58,123 WARN  [org.keycloak.events] (executor-thread-1) ';
    assert.equal(
      told(
        keycloak,
        `${head}type="LOGIN_ERROR", realmId="shop", clientId="web", userId="null", ipAddress="10.0.0.7", error="user_not_found", auth_method="openid-connect", username="eve, x"`,
      ),
      'ERROR AUTH_FAILED eve, x failure login openid-connect web user_not_found 10.0.0.7',
    );
    assert.equal(
      told(keycloak, `${head}type=LOGIN, realmId=shop, clientId=web, userId=u-1, ipAddress=::1`),
      'WARNING - u-1 success login openid-connect web - ::1',
    );
    assert.equal(keycloak?.parse(`${head}Started.`, { receivedAt: RECEIVED }), undefined);
  });

  it('reads Okta’s system log', () => {
    const base = {
      eventType: 'user.session.start',
      actor: { alternateId: 'ann@example.org' },
      client: { ipAddress: '192.0.2.4' },
      authenticationContext: { credentialType: 'PASSWORD' },
    };
    assert.equal(
      event({ ...base, outcome: { result: 'FAILURE', reason: 'INVALID_CREDENTIALS' } }),
      'ERROR AUTH_FAILED ann@example.org failure login PASSWORD - INVALID_CREDENTIALS 192.0.2.4',
    );
    assert.equal(
      event({
        ...base,
        outcome: { result: 'DENY' },
        eventType: 'user.authentication.auth_via_mfa',
      }),
      'ERROR AUTH_DENIED ann@example.org failure mfa PASSWORD - - 192.0.2.4',
    );
    assert.equal(
      event({ ...base, outcome: { result: 'SUCCESS' } }),
      'INFO - ann@example.org success login PASSWORD - - 192.0.2.4',
    );
  });

  it('reads Auth0’s tenant logs', () => {
    const base = { log_id: '9002', ip: '203.0.113.9', client_name: 'app', user_name: 'al' };
    assert.equal(
      event({ ...base, type: 'fp', description: 'Wrong email or password.' }),
      'ERROR AUTH_FAILED al failure login - app Wrong email or password. 203.0.113.9',
    );
    assert.equal(event({ ...base, type: 'seacft' }), 'INFO - al success token - app - 203.0.113.9');
    assert.equal(event({ ...base, type: '__proto__' }).split(' ')[3], '-');
  });

  it('reads Microsoft Entra’s sign-in logs', () => {
    const of = (errorCode: number): string =>
      event({
        category: 'SignInLogs',
        properties: {
          userPrincipalName: 'kim@example.org',
          ipAddress: '198.51.100.2',
          appDisplayName: 'Portal',
          status: { errorCode },
        },
      });
    assert.equal(of(0), 'INFO - kim@example.org success login - Portal - 198.51.100.2');
    assert.equal(
      of(50126),
      'ERROR AUTH_FAILED kim@example.org failure login - Portal 50126 198.51.100.2',
    );
    assert.match(of(53003), /^ERROR AUTH_DENIED /);
  });

  it('reads the Elastic Common Schema, nested or with dots', () => {
    const told = 'ERROR AUTH_FAILED root failure ssh_login - - - 192.0.2.1';
    assert.equal(
      event({
        event: { category: ['authentication'], outcome: 'failure', action: 'ssh_login' },
        user: { name: 'root' },
        source: { ip: '192.0.2.1' },
      }),
      told,
    );
    assert.equal(
      event({
        'event.category': 'authentication',
        'event.outcome': 'failure',
        'event.action': 'ssh_login',
        'user.name': 'root',
        'source.ip': '192.0.2.1',
      }),
      told,
    );
    assert.equal(event({ event: { category: 'web', outcome: 'failure' } }), 'INFO - - - - - - - -');
  });

  it('knows the errors that OAuth 2.0 and OpenID Connect name, where it was asked for', () => {
    assert.equal(
      event({ error: 'invalid_grant', grant_type: 'password', client_id: 'cli', username: 'bo' }),
      'ERROR AUTH_FAILED bo failure token password cli invalid_grant -',
    );
    assert.match(event({ error: 'access_denied', response_type: 'code' }), /^ERROR AUTH_DENIED /);
    assert.equal(event({ error: 'invalid_grant' }).split(' ')[3], '-');
    assert.equal(event({ error: 'disk full', grant_type: 'x' }).split(' ')[3], '-');
  });

  it('keeps addresses only where they are some, and cuts long texts', () => {
    const attributesOf = (fields: object): Record<string, unknown> =>
      json?.parse(JSON.stringify(fields), { receivedAt: RECEIVED })?.attributes ?? {};
    const wrong = { error: 'invalid_grant', grant_type: 'x'.repeat(999), ip: '<script>' };
    assert.equal('source_ip' in attributesOf(wrong), false);
    assert.equal(String(attributesOf(wrong)['auth_method']).length, 256);
  });

  it('never throws, whatever stands under the names it looks for', () => {
    const names = ['realmId', 'type', 'eventType', 'outcome', 'log_id', 'category', 'properties'];
    const paths = [...names, 'event', 'event.outcome', 'error', 'grant_type', 'actor', 'details'];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...paths), fc.jsonValue()), (fields) => {
        const record = json?.parse(JSON.stringify(fields), { receivedAt: RECEIVED });
        assert.equal(typeof record?.message, 'string');
      }),
    );
  });
});
