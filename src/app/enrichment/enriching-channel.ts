import type { Channel } from '../../alerts/channel.ts';
import type { LookupTables } from '../../streams/enrichment/lookup-table.ts';
import { alertEnrichment } from './record-lookup.ts';

/**
 * Adds what the tables say of an alert's subject at the moment it leaves: to
 * the notification that is sent, never to the alert or to what is journalled.
 */
export function enrichingChannel(channel: Channel, tables: () => LookupTables): Channel {
  return {
    name: channel.name,
    accepts: (notification) => channel.accepts(notification),
    deliver: (notification) => {
      const enrichment = alertEnrichment(notification.alert, tables());
      return channel.deliver(
        enrichment === undefined ? notification : { ...notification, enrichment },
      );
    },
    close: () => channel.close(),
  };
}
