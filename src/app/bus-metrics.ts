import type { Metrics } from '../core/metrics.ts';
import type { AlertBus } from '../federation/alert-bus.ts';

/** What went over the alert bus since the start. */
export function publishBus(
  bus: Pick<AlertBus, 'counts'>,
  metrics: Pick<Metrics, 'observed'>,
  pending: () => number,
): void {
  const help = {
    published: 'Notifications that the alerts stream confirmed.',
    duplicates: 'Notifications that the stream already had.',
    failures: 'Deliveries that the stream did not confirm; each is tried again.',
    reconnects: 'Connections to NATS made after the first.',
    acksAccepted: 'Acknowledgements taken from the bus.',
    acksRefused: 'Acknowledgements from the bus that were refused.',
  } as const;
  for (const [name, text] of Object.entries(help)) {
    const noun = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    metrics.observed(`watchkeeper_bus_${noun}`, text, () => bus.counts[name as keyof typeof help]);
  }
  metrics.observed('watchkeeper_bus_pending', 'Notifications waiting for the bus.', pending);
}
