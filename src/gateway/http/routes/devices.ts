import { WatchkeeperError } from '../../../core/errors.ts';
import type { DeviceEndpoint } from '../../device-endpoint.ts';
import type { Device, SiteApi } from '../../site-api.ts';
import { objectOf, ref, type Route } from '../route.ts';

/** Enrolled watches. Changes are answered when they are durable. */
export function deviceRoutes(api: SiteApi, devices: DeviceEndpoint): readonly Route[] {
  const show = (device: Device) => ({
    ...device,
    publicKey: Buffer.from(device.publicKey).toString('base64url'),
    online: devices.isOnline(device.id),
  });
  return [listRoute(api, show), enrolRoute(api, show), revokeRoute(api)];
}

type Show = (device: Device) => Readonly<Record<string, unknown>>;

function listRoute(api: SiteApi, show: Show): Route {
  return {
    key: 'GET /v1/devices',
    summary: 'List enrolled watches',
    answers: {
      '200': {
        description: 'Every watch, revoked ones included',
        schema: {
          type: 'object',
          properties: { devices: { type: 'array', items: ref('Device') } },
        },
      },
    },
    handle: () => ({ devices: api.devices().map(show) }),
  };
}

function enrolRoute(api: SiteApi, show: Show): Route {
  return {
    key: 'POST /v1/devices',
    summary: 'Enrol a watch with its Ed25519 public key',
    body: objectOf({ id: { type: 'string', pattern: ID }, publicKey: PUBLIC_KEY }, [
      'id',
      'publicKey',
    ]),
    answers: { '201': { description: 'The watch', schema: ref('Device') } },
    handle: async (request, reply) => {
      const body = request.body as { readonly id: string; readonly publicKey: string };
      const publicKey = readKey(body.publicKey);
      const by = request.caller?.name ?? '';
      const device = await api.enroll({ id: body.id, publicKey, by });
      void reply.code(201);
      return show(device);
    },
  };
}

function revokeRoute(api: SiteApi): Route {
  return {
    key: 'POST /v1/devices/:id/revoke',
    summary: 'Revoke a watch; its live socket closes within 5 seconds',
    params: objectOf({ id: { type: 'string', pattern: ID } }, ['id']),
    body: objectOf({ reason: { type: 'string', maxLength: 2000, default: '' } }),
    answers: { '204': { description: 'Revoked' } },
    handle: async (request, reply) => {
      const { id } = request.params as { readonly id: string };
      const { reason } = request.body as { readonly reason: string };
      await api.revoke({ id, reason, by: request.caller?.name ?? '' });
      return reply.code(204).send();
    },
  };
}

const ID = '^[A-Za-z0-9._@:-]{1,128}$';
const PUBLIC_KEY = {
  type: 'string',
  maxLength: 64,
  description: '32 bytes in base64 or base64url',
};

function readKey(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text) && bytes.length === 32) return bytes;
  throw new WatchkeeperError(
    'BAD_REQUEST',
    'Expected a public key of 32 bytes in base64 or base64url.',
    { fix: 'Give the raw Ed25519 public key, 43 characters of base64url.' },
  );
}
