import type { ModelStages, ModelVersion, StageStep } from '../../model/models.ts';
import { printLine } from '../command.ts';
import type { CliContext } from '../context.ts';
import { plain, table, timeText } from '../table.ts';
import { SHORT_ID } from './version.ts';

/** A row per model. */
export function printModels(context: CliContext, models: readonly ModelStages[]): void {
  if (models.length === 0) {
    return printLine(
      context,
      'There are no models yet. Train one with "watchkeeper models train".',
    );
  }
  const rows = models.map((model) => [
    model.name,
    idsIn(model, 'live'),
    idsIn(model, 'canary'),
    String(model.models.filter(({ stage }) => stage === 'shadow').length),
    String(model.models.length),
    timeText(model.at),
  ]);
  printLine(
    context,
    table(context, ['name', 'live', 'canary', 'shadows', 'versions', 'changed (UTC)'], rows),
  );
}

function idsIn({ models }: ModelStages, stage: string): string {
  const found = models.filter((model) => model.stage === stage);
  return found
    .map(({ id, share }) => short(id) + (share > 0 ? ` ${percent(share)}` : ''))
    .join(' ');
}

/** Versions, newest first, and what happened to them. */
export function printVersions(
  context: CliContext,
  versions: readonly ModelVersion[],
  stages: ModelStages,
): void {
  const rows = versions
    .toReversed()
    .map(({ id, stage, share, metadata, bytes }) => [
      short(id),
      stage + (share > 0 ? ` ${percent(share)}` : ''),
      metadata.kind,
      timeText(metadata.createdAt),
      metadata.parent === undefined ? '' : short(metadata.parent),
      metadata.backend,
      `${Math.ceil(bytes / 1024)} KiB`,
      plain(numbers(metadata.metrics), 60),
    ]);
  const heads = [
    'version',
    'stage',
    'kind',
    'trained (UTC)',
    'parent',
    'backend',
    'size',
    'metrics',
  ];
  printLine(context, table(context, heads, rows));
  printLine(context);
  printSteps(context, stages);
}

function printSteps(context: CliContext, { history }: ModelStages): void {
  const steps = history
    .toReversed()
    .map((step) => [
      String(step.revision),
      timeText(step.at),
      short(step.id),
      stepText(step),
      plain(step.by, 24),
      plain(step.why, 60),
    ]);
  printLine(
    context,
    table(context, ['revision', 'when (UTC)', 'version', 'step', 'by', 'why'], steps),
  );
}

/** All that is known of one version. */
export function printVersion(context: CliContext, { metadata, ...version }: ModelVersion): void {
  const { features } = metadata;
  const rows = [
    ['name', metadata.name],
    ['id', version.id],
    ['stage', `${version.stage} since ${timeText(version.since)} UTC`],
    ['kind', metadata.kind],
    [
      'features',
      features === undefined ? '' : `${features.name} v${features.version} ${features.hash}`,
    ],
    ['data', metadata.dataHash],
    ['parameters', JSON.stringify(metadata.parameters)],
    ['metrics', numbers(metadata.metrics)],
    ['alarms', reachText(metadata.metrics)],
    ['parent', metadata.parent ?? ''],
    ['backend', metadata.backend],
    ['trained', `${timeText(metadata.createdAt)} UTC`],
    ['size', `${version.bytes} bytes`],
  ];
  const shown = rows.filter(([, value]) => value !== '');
  for (const [name = '', value = ''] of shown) {
    printLine(context, `${context.colors.bold(name.padEnd(10))}  ${plain(value, 2_000)}`);
  }
}

/** How far its surprise goes, and whether that is enough. */
function reachText(metrics: ModelVersion['metadata']['metrics']): string {
  const { highest_surprise: highest, asked_surprise: asked } = metrics;
  if (highest === undefined || asked === undefined) return '';
  const reach = `surprise up to ${highest.toFixed(1)}; ${asked.toFixed(1)} was asked for`;
  return highest < asked ? `${reach}, so it never alarms` : reach;
}

export function short(id: string): string {
  return id.slice(0, SHORT_ID);
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

function stepText({ from, to, rollback }: StageStep): string {
  if (from === undefined) return `new, ${to}`;
  return `${from} → ${to}${rollback === undefined ? '' : ' (rollback)'}`;
}

function numbers(metrics: Readonly<Record<string, number>>): string {
  const texts = Object.entries(metrics).map(
    ([name, value]) => `${name} ${Number(value.toPrecision(4))}`,
  );
  return texts.join(', ');
}
