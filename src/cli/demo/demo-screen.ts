import { alertText } from '../../alerts/alert-text.ts';
import type { Alert, AlertState, AlertTransition } from '../../model/alert.ts';
import type { CliContext } from '../context.ts';
import type { RunningSite } from '../site-contract.ts';
import { spanText, timeText } from '../table.ts';

/** What the strip at the bottom shows. */
export interface Strip {
  readonly siteTime: number;
  readonly isFast: boolean;
  readonly watches: number;
  readonly services: number;
  readonly sent: number;
  readonly stored: number | undefined;
  readonly alerts: number;
  /** ms since the last record was sent. */
  readonly quietMs: number;
}

const TRANSITION: Readonly<Record<AlertState, AlertTransition>> = {
  open: 'opened',
  acknowledged: 'acknowledged',
  resolved: 'resolved',
};
/** Without a terminal the strip is a line now and then. */
const LINE_EVERY_MS = 10_000;

/** The demo for people: a head, alerts as they come, and on a terminal one line that lives. */
export class DemoScreen {
  readonly #context: CliContext;
  #hasStrip = false;
  #lastLineAt = -Infinity;
  #hasHint = false;
  readonly #shown = new Map<string, AlertState>();
  readonly #dataOption: string;

  /** @param dataFolder the one given with `--data`, which other commands need too */
  constructor(context: CliContext, dataFolder: string | undefined) {
    this.#context = context;
    this.#dataOption = dataFolder === undefined ? '' : ` --data ${dataFolder}`;
  }

  head(
    site: RunningSite,
    { rate, files }: { readonly rate: number; readonly files: number },
  ): void {
    const { bold, cyan, yellow, dim } = this.#context.colors;
    const fragment = site.token === undefined ? '' : `#token=${site.token}`;
    const lines = [
      `${bold('Watchkeeper demo')}: site "${site.site}"`,
      `  Dashboard  ${cyan(`${site.url}/${fragment}`)}`,
      ...this.#natsLine(site),
      `  Running    5 simulated watches over WebSocket, 4 services over HTTP${files > 0 ? `, ${files} replayed logs` : ''}`,
      `  Time       the site's clock starts 30 minutes in the past and runs ${rate} times as fast, until it`,
      '             meets the wall clock in about a minute: each of the five detectors fires by then.',
      ...site.notices.map((notice) => `  ${yellow('▲')} ${notice}`),
      dim('  Ctrl-C stops it.'),
      '',
    ];
    this.print(lines.join('\n'));
  }

  /** Shows an alert when it opens, is acknowledged or ends; not each time it repeats. */
  alert(alert: Alert): void {
    if (this.#shown.get(alert.id) === alert.state) return;
    this.#shown.set(alert.id, alert.state);
    const { red, green, yellow, bold, dim } = this.#context.colors;
    const [title = '', ...rest] = alertText(alert, TRANSITION[alert.state]).split('\n');
    const paint = { open: red, acknowledged: yellow, resolved: green }[alert.state];
    this.print([bold(paint(title)), ...rest, ''].join('\n'));
    if (this.#hasHint) return;
    this.#hasHint = true;
    const command = `./watchkeeper alerts ack ${alert.id.slice(0, 8)}${this.#dataOption}`;
    this.print(dim(`Acknowledge it on the dashboard, or with: ${command}\n`));
  }

  /** Prints above the strip. */
  print(text: string): void {
    const { out } = this.#context;
    if (this.#hasStrip) out.write('\r\u001b[2K');
    this.#hasStrip = false;
    out.write(`${text}\n`);
  }

  strip(strip: Strip): void {
    const { out, clock, colors } = this.#context;
    const text = stripText(strip);
    if (out.isTTY === true) {
      const width = Math.max(20, (out.columns ?? 80) - 1);
      out.write(`\r\u001b[2K${colors.dim(text.slice(0, width))}`);
      this.#hasStrip = true;
    } else if (clock.monotonic() - this.#lastLineAt >= LINE_EVERY_MS) {
      this.#lastLineAt = clock.monotonic();
      out.write(`${text}\n`);
    }
  }

  #natsLine(site: RunningSite): readonly string[] {
    if (site.natsUrl === undefined) return [];
    const { natsSubscriber: subscriber } = site;
    const login =
      subscriber === undefined ? '' : ` --user ${subscriber.user} --password ${subscriber.pass}`;
    return [`  NATS       nats --server ${site.natsUrl}${login} sub 'alerts.v1.>'`];
  }
}

/** `12:31:05 (30×) · receiving from 5 watches, 4 services · 812 sent, 790 stored · 2 alerts · last 0 s ago`. */
export function stripText(strip: Strip): string {
  const stored = strip.stored === undefined ? '' : `, ${strip.stored} stored`;
  return [
    `${timeText(strip.siteTime).slice(11)} UTC${strip.isFast ? ' (fast)' : ''}`,
    `receiving from ${strip.watches} watches, ${strip.services} services`,
    `${strip.sent} sent${stored}`,
    `${strip.alerts} alerts`,
    `last record ${spanText(strip.quietMs)} ago`,
  ].join(' · ');
}
