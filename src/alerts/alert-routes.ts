import { spellingHint } from '../core/edit-distance.ts';
import { readConfigFilter } from '../core/filter/config-filter.ts';
import { parseYaml } from '../core/yaml-document.ts';
import {
  configError,
  expectMap,
  quoted,
  refuseUnknownKeys,
  type YamlNode,
} from '../core/yaml-node.ts';
import { ALERT_FIELDS, filterAlerts, type AlertFilter } from './alert-filter.ts';
import type { Channel } from './channel.ts';

/** Which alerts a channel takes. */
export interface AlertRoute {
  /** The expression, as it was written. */
  readonly where: string;
  readonly accepts: AlertFilter;
}

/** Routes by the name of their channel. A channel without one takes all alerts. */
export type AlertRoutes = ReadonlyMap<string, AlertRoute>;

/** Channels that alerts can leave by. */
const CHANNELS = ['console', 'nats'];

/**
 * Reads `routes:` of `config/routes.yaml`: for each channel an expression over
 * alerts, in the language of docs/query-language.md.
 * @throws CONFIG_INVALID with the place, also inside an expression
 */
export function loadAlertRoutes(text: string, fileName: string): AlertRoutes {
  const root = expectMap(parseYaml(text, fileName), 'the file');
  refuseUnknownKeys(root, ['routes']);
  const routes = new Map<string, AlertRoute>();
  const node = root.entries.get('routes')?.node;
  if (node === undefined || isNothing(node)) return routes;
  for (const [channel, entry] of expectMap(node, '"routes"').entries) {
    if (!CHANNELS.includes(channel)) {
      const message = `There is no channel ${quoted(channel)}.`;
      throw configError(entry.keyAt, message, spellingHint(channel, CHANNELS));
    }
    const map = expectMap(entry.node, `the route of ${quoted(channel)}`);
    refuseUnknownKeys(map, ['where']);
    const where = map.entries.get('where')?.node;
    if (where === undefined) throw configError(map.at, 'Expected "where", a filter over alerts.');
    const { text: written, filter } = readConfigFilter(where, 'where', {
      source: text,
      vocabulary: ALERT_FIELDS,
    });
    routes.set(channel, { where: written, accepts: filterAlerts(filter) });
  }
  return routes;
}

/** The channel, for the alerts that its route means. */
export function routedChannel(channel: Channel, routes: AlertRoutes): Channel {
  const route = routes.get(channel.name);
  if (route === undefined) return channel;
  return {
    name: channel.name,
    accepts: (notification) => route.accepts(notification.alert) && channel.accepts(notification),
    deliver: (notification) => channel.deliver(notification),
    close: () => channel.close(),
  };
}

function isNothing(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}
