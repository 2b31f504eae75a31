import type { DeviceEndpoint } from '../../device-endpoint.ts';
import type { Route } from '../route.ts';

/** `POST /v1/device/frames`, for watches that may not hold a socket. Its signed hello says who sends. */
export function frameRoutes(devices: DeviceEndpoint, maxBytes: number): readonly Route[] {
  return [
    {
      key: 'POST /v1/device/frames',
      summary: 'Send frames of a watch, beginning with a signed hello (docs/protocol.md)',
      raw: { types: ['application/octet-stream'], maxBytes },
      answers: {
        '200': { description: 'Frames, beginning with welcome', type: 'application/octet-stream' },
      },
      handle: async (request, reply) => {
        const { status, body } = await devices.post(request.body as Buffer, request.raw.socket);
        if (status === 429 || status === 503) void reply.header('retry-after', '1');
        const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
        return reply.code(status).header('content-type', 'application/octet-stream').send(bytes);
      },
    },
  ];
}
