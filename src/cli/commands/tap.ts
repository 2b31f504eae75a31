import type { Command } from 'commander';
import type { CountedEdge } from '../../model/stream-graph.ts';
import type { Tap, TappedInput } from '../../model/tap.ts';
import {
  createCommand,
  printJsonLine,
  printLine,
  withSite,
  type RemoteOptions,
} from '../command.ts';
import type { CliContext } from '../context.ts';
import { connectSite } from '../http/resolve-site.ts';
import { durationMs } from '../numbers.ts';
import { plain, table, timeText } from '../table.ts';

interface TapOptions extends RemoteOptions {
  readonly once?: boolean;
  readonly interval: number;
}

/** Puts the cursor at the top and clears the screen below it. */
const REDRAW = '\u001b[H\u001b[J';

/** `watchkeeper tap`: what passes each edge of the stream graph, until Ctrl-C. */
export function tapCommand(context: CliContext): Command {
  const command = createCommand('tap', {
    about: 'Show live counts of what passes each part of the site',
    more: 'Follows records from the senders over journal, subjects and detectors to alerts and the store: the total since the site went live, and the rate over the last few seconds.',
    examples: [
      ['tap', 'refreshed every second, until Ctrl-C'],
      ['tap --once', 'one table'],
      ['tap --json --interval 10s', 'a JSON line every 10 seconds'],
    ],
  });
  return withSite(command)
    .option('--once', 'print once and end')
    .option('--interval <duration>', 'time between two readings', durationMs, 1_000)
    .action(async (options: TapOptions) => {
      const client = connectSite(context, options);
      await repeat(context, options, async () => {
        const tap = await client.get<Tap>('/v1/tap');
        if (options.json === true) printJsonLine(context, tap);
        else printTap(context, tap, options.once === true);
      });
    });
}

/** Runs once, or again and again until somebody presses Ctrl-C. */
async function repeat(
  context: CliContext,
  { once, interval }: TapOptions,
  task: () => Promise<void>,
): Promise<void> {
  let isStopped = once === true;
  let wake = (): void => undefined;
  const unlisten = context.onStop(() => {
    isStopped = true;
    wake();
  });
  try {
    await task();
    while (!isStopped) {
      await new Promise<void>((resolve) => {
        // The timer keeps the process alive: there is nothing else to wait for.
        const timer = setTimeout(resolve, interval);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (!isStopped) await task();
    }
  } finally {
    unlisten();
  }
}

function printTap(context: CliContext, tap: Tap, isOnce: boolean): void {
  if (!isOnce && context.out.isTTY === true) context.out.write(REDRAW);
  const rows = tap.edges.map((edge) => rowOf(context, edge));
  printLine(context, `${timeText(tap.at)} UTC, counted since ${timeText(tap.since)}`);
  printLine(context, table(context, ['from', 'to', 'total', '', 'rate/s'], rows));
  printLine(context);
  const inputs = tap.inputs.map((input) => inputRow(context, input));
  const titles = ['input', 'taken', '', '/s', 'refused', '/s', 'unparsed', '/s'];
  printLine(context, table(context, titles, inputs));
  if (tap.verdicts.length === 0) return;
  printLine(context);
  const verdicts = tap.verdicts.map(({ detector, kind, silent, finding }) => [
    plain(detector),
    kind,
    String(silent),
    String(finding),
  ]);
  printLine(context, table(context, ['detector', 'subjects', 'silent', 'finding'], verdicts));
}

function rowOf({ colors }: CliContext, { from, to, unit, total, rate }: CountedEdge): string[] {
  const figures = [String(total), unit, rate.toFixed(1)];
  const isIdle = rate === 0;
  return [plain(from), plain(to), ...figures].map((cell) => (isIdle ? colors.dim(cell) : cell));
}

function inputRow({ colors }: CliContext, input: TappedInput): string[] {
  const { name, unit, taken, refused, unparsed } = input;
  const cells = [
    ...[String(taken.total), unit, taken.rate.toFixed(1)],
    ...[refused, unparsed].flatMap(({ total, rate }) => [String(total), rate.toFixed(1)]),
  ];
  const isIdle = [taken, refused, unparsed].every(({ rate }) => rate === 0);
  return [plain(name), ...cells.map((cell) => (isIdle ? colors.dim(cell) : cell))];
}
