import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import { alertText } from '../../alerts/alert-text.ts';
import type { Alert } from '../../model/alert.ts';
import { createCommand, printJson, printLine, withSite, type RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { alertStatsCommand } from './alerts-stats.ts';
import { connectSite } from '../http/resolve-site.ts';
import { wholeNumber } from '../numbers.ts';
import { plain, table, timeText } from '../table.ts';

interface AlertPage {
  readonly alerts: readonly Alert[];
  readonly cursor?: string;
}

/** `watchkeeper alerts …`. */
export function alertsCommand(context: CliContext): Command {
  const command = createCommand('alerts', {
    about: 'List, show, acknowledge, resolve and label alerts, and say what they are worth',
    examples: [
      ['alerts list', 'what is open or acknowledged'],
      ['alerts ack 3f2a9c01 --note "on it"', 'say that somebody handles it'],
      ['alerts label 3f2a9c01 useful', 'say whether it was worth it'],
      ['alerts stats', 'how well each detector does'],
    ],
  });
  command.addCommand(listCommand(context));
  command.addCommand(showCommand(context));
  command.addCommand(actCommand(context, 'ack', 'Acknowledge an alert'));
  command.addCommand(actCommand(context, 'resolve', 'Resolve an alert'));
  command.addCommand(labelCommand(context));
  command.addCommand(alertStatsCommand(context));
  return command;
}

interface ListOptions extends RemoteOptions {
  readonly state: string;
  readonly severity?: string;
  readonly type?: string;
  readonly subject?: string;
  readonly from?: string;
  readonly limit: number;
}

function listCommand(context: CliContext): Command {
  const command = createCommand('list [filter]', {
    about: 'List alerts, newest first',
    examples: [
      ['alerts list', 'open and acknowledged ones'],
      ['alerts list --state resolved --from -24h', 'resolved ones of the last day'],
      ['alerts list --severity critical,high --json', 'for a program'],
      ["alerts list 'severity>=high -type:service_down service:pay*'", 'by a filter'],
    ],
  });
  return withSite(command)
    .option(
      '--state <states>',
      'open, acknowledged, resolved or all; several with commas',
      'open,acknowledged',
    )
    .option('--severity <severities>', 'low, medium, high, critical; several with commas')
    .option('--type <type>', 'for example error_spike')
    .option('--subject <kind:id>', 'for example service:payment-service')
    .option('--from <time>', 'opened at or after: -24h, 2026-01-31T12:00:00Z, ms')
    .option('--limit <n>', 'how many at most', wholeNumber(1, 1_000), 100)
    .action(async (filter: string | undefined, options: ListOptions) => {
      const { state, severity, type, subject, from, limit } = options;
      const query = {
        severity,
        type,
        subject,
        from,
        limit,
        filter,
        state: state === 'all' ? undefined : state,
      };
      const page = await connectSite(context, options).get<AlertPage>('/v1/alerts', query);
      if (options.json === true) printJson(context, page);
      else printAlerts(context, page.alerts);
    });
}

function printAlerts(context: CliContext, alerts: readonly Alert[]): void {
  if (alerts.length === 0) {
    printLine(context, 'No alerts match. All is quiet, or see --state all.');
    return;
  }
  const rows = alerts.map((alert) => [
    alert.id.slice(0, 12),
    timeText(alert.openedAt),
    severityText(context, alert),
    alert.type,
    plain(alert.subject, 48),
    alert.state,
    `×${alert.count}`,
    plain(alert.summary, 60),
  ]);
  const head = ['id', 'opened (UTC)', 'severity', 'type', 'subject', 'state', 'count', 'summary'];
  printLine(context, table(context, head, rows));
}

function severityText({ colors }: CliContext, { severity }: Alert): string {
  const paint = { low: colors.dim, medium: colors.yellow, high: colors.red, critical: colors.bold };
  return paint[severity](severity.toUpperCase());
}

function showCommand(context: CliContext): Command {
  const command = createCommand('show <id>', {
    about: 'Show one alert with its evidence',
    examples: [['alerts show 3f2a9c01', 'the first letters of the id are enough']],
  });
  return withSite(command).action(async (id: string, options: RemoteOptions) => {
    const alert = await findAlert(context, options, id);
    if (options.json === true) printJson(context, alert);
    else printAlert(context, alert);
  });
}

function printAlert(context: CliContext, alert: Alert): void {
  const { bold } = context.colors;
  printLine(context, alertText(alert));
  printLine(context);
  printLine(context, `${bold('id')}        ${alert.id}`);
  const handler = alert.resolvedBy ?? alert.acknowledgedBy;
  printLine(
    context,
    `${bold('state')}     ${alert.state}${handler === undefined ? '' : ` by ${plain(handler)}`}`,
  );
  if (alert.note) printLine(context, `${bold('note')}      ${plain(alert.note)}`);
  if (alert.label !== undefined) {
    const by = alert.labelledBy === undefined ? '' : ` by ${plain(alert.labelledBy)}`;
    printLine(context, `${bold('label')}     ${alert.label}${by}`);
  }
  const { value, threshold, unit, samples } = alert.evidence;
  printLine(context, `${bold('evidence')}  ${value} ${unit}, threshold ${threshold} ${unit}`);
  for (const sample of samples) {
    printLine(context, `  ${timeText(sample.timestamp)}  ${plain(sample.message, 120)}`);
  }
}

interface ActOptions extends RemoteOptions {
  readonly note: string;
}

function actCommand(context: CliContext, verb: 'ack' | 'resolve', about: string): Command {
  const command = createCommand(`${verb} <ids...>`, {
    about,
    more: 'Answered when it is durable. Everybody sees it: the dashboard, NATS and other sites.',
    examples: [
      [`alerts ${verb} 3f2a9c01 --note "on it"`, 'the first letters of the id are enough'],
    ],
  });
  return withSite(command)
    .option('--note <text>', 'kept with the alert', '')
    .action((ids: readonly string[], options: ActOptions) =>
      act(context, ids, { options, verb, body: { note: options.note } }),
    );
}

function labelCommand(context: CliContext): Command {
  const command = createCommand('label <id>', {
    about: 'Say whether an alert was useful',
    examples: [
      ['alerts label 3f2a9c01 useful', 'it was right to tell somebody'],
      ['alerts label 3f2a9c01 false', 'nothing was wrong'],
    ],
  }).argument('<label>', 'useful, false or expected');
  return withSite(command)
    .addOption(new Option('--note <text>', 'kept with the label').default(''))
    .action((id: string, label: string, options: ActOptions) =>
      act(context, [id], { options, verb: 'label', body: { label, note: options.note } }),
    );
}

interface Act {
  readonly options: ActOptions;
  readonly verb: 'ack' | 'resolve' | 'label';
  readonly body: Readonly<Record<string, string>>;
}

async function act(
  context: CliContext,
  ids: readonly string[],
  { options, verb, body }: Act,
): Promise<void> {
  const client = connectSite(context, options);
  const changed: Alert[] = [];
  for (const id of ids) {
    const { id: whole } = await findAlert(context, options, id);
    // One key for all tries of this command, so that a lost answer does not act twice.
    const headers = { 'idempotency-key': randomUUID() };
    changed.push(
      await client.post<Alert>(`/v1/alerts/${encodeURIComponent(whole)}/${verb}`, body, headers),
    );
  }
  if (options.json === true) printJson(context, changed.length === 1 ? changed[0] : changed);
  else
    for (const alert of changed) printLine(context, `${alert.id.slice(0, 12)} is ${alert.state}.`);
}

/** An alert by its id or by the first letters of it, among the newest 1,000. @throws NOT_FOUND */
async function findAlert(context: CliContext, options: RemoteOptions, id: string): Promise<Alert> {
  const client = connectSite(context, options);
  if (/^[0-9a-f]{4,31}$/.test(id)) {
    const { alerts } = await client.get<AlertPage>('/v1/alerts', { limit: 1_000 });
    const matching = alerts.filter((alert) => alert.id.startsWith(id));
    const [only] = matching;
    if (only !== undefined && matching.length === 1) return only;
  }
  return client.get<Alert>(`/v1/alerts/${encodeURIComponent(id)}`);
}
