import { join } from 'node:path';
import { connectWatch, fileStorage } from '../../client/node.ts';
import type { Clock } from '../../core/clock.ts';
import type { WatchLink } from '../../sim/runner.ts';
import type { WatchProfile } from '../../sim/watch-profile.ts';
import type { SiteClient } from '../http/site-client.ts';
import { loadOrCreateWatchKey } from '../watch-keys.ts';

export interface FleetOptions {
  readonly client: SiteClient;
  /** Its `now` is the site's time: what the watches believe. */
  readonly clock: Clock;
  /** Where the watches' keys and epochs are kept between runs. */
  readonly folder: string;
  /** Where each watch has a buffer that outlives this process. */
  readonly buffers?: string;
}

/** Enrols simulated watches over HTTP and gives a way to connect each. The same keys are used at every run. */
export async function enrollFleet(
  profiles: readonly WatchProfile[],
  { client, clock, folder, buffers }: FleetOptions,
): Promise<(id: string) => WatchLink> {
  const keys = new Map<string, Uint8Array>();
  for (const { id } of profiles) {
    const { privateKey, publicKey } = await loadOrCreateWatchKey(folder, id);
    await client.post('/v1/devices', {
      id,
      publicKey: Buffer.from(publicKey).toString('base64url'),
    });
    keys.set(id, privateKey);
  }
  const firmware = new Map(profiles.map((profile) => [profile.id, profile.firmware]));
  const url = `${client.url.replace(/^http/, 'ws')}/v1/device`;
  const tls = client.ca === undefined ? {} : { ca: client.ca };
  return (id) =>
    connectWatch({
      url,
      tls,
      device: id,
      privateKey: keys.get(id) ?? new Uint8Array(),
      clock,
      firmware: firmware.get(id) ?? '',
      // Simulated watches lose nothing of worth with the power.
      ...(buffers === undefined ? {} : { bufferFolder: join(buffers, id), durability: 'os' }),
      storage: fileStorage(join(folder, `${id}.epoch.json`)),
    });
}
