import type { ModelStage, ModelStages, ModelVersion } from '../../../model/models.ts';
import type { PerformanceRow } from '../../../model/performance.ts';
import { formatDateTime, formatValue } from './format.ts';

/** A model as the page gets it; without versions when its artefacts cannot be read. */
export interface ModelEntry {
  readonly stages: ModelStages;
  readonly versions: readonly ModelVersion[] | undefined;
}

/** One model as the table shows it. */
export interface ModelRow {
  readonly name: string;
  /** Of the algorithm; empty when it cannot be read. */
  readonly kind: string;
  /** Short ids, '' where there is none. */
  readonly live: string;
  readonly canary: string;
  /** What the canary judges, for example `25 % of subjects`. */
  readonly canaryShare: string;
  /** Newest first. */
  readonly shadows: readonly string[];
  /** Which version the facts are of, and in which stage it stands. */
  readonly shown: { readonly id: string; readonly stage: ModelStage } | undefined;
  readonly trained: string;
  readonly features: string;
  /** Measured when it was trained. */
  readonly metrics: readonly string[];
  readonly size: string;
  /** Of its live version here, from labels. */
  readonly performance: PerformanceRow | undefined;
}

/** Metrics shown of one version. */
const MOST_METRICS = 4;
const SHORT_ID = 8;

/** Models by name. The facts of a row are those of the live version, else of the canary, else of the newest shadow. */
export function modelRows(
  entries: readonly ModelEntry[],
  performances: readonly PerformanceRow[] = [],
): readonly ModelRow[] {
  return entries
    .map((entry) => modelRow(entry, performances))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function modelRow(
  { stages: { name, models }, versions }: ModelEntry,
  performances: readonly PerformanceRow[],
): ModelRow {
  const newestFirst = [...models].reverse();
  const inStage = (stage: ModelStage) => newestFirst.filter((model) => model.stage === stage);
  const [live] = inStage('live');
  const [canary] = inStage('canary');
  const shadows = inStage('shadow');
  const shown = live ?? canary ?? shadows[0] ?? newestFirst[0];
  return {
    name,
    live: live === undefined ? '' : shortId(live.id),
    canary: canary === undefined ? '' : shortId(canary.id),
    canaryShare: canary === undefined ? '' : share(canary.share),
    shadows: shadows.map(({ id }) => shortId(id)),
    shown: shown && { id: shortId(shown.id), stage: shown.stage },
    ...factsOf(versions?.find(({ id }) => id === shown?.id)),
    performance: performances.find(({ id }) => id === live?.id),
  };
}

type Facts = Pick<ModelRow, 'kind' | 'trained' | 'features' | 'metrics' | 'size'>;

const NO_FACTS: Facts = { kind: '', trained: '–', features: '–', metrics: [], size: '–' };

function factsOf(version: ModelVersion | undefined): Facts {
  if (version === undefined) return NO_FACTS;
  const { kind, createdAt, features, metrics } = version.metadata;
  return {
    kind,
    trained: formatDateTime(createdAt),
    features: features === undefined ? 'its own' : `${features.name} v${features.version}`,
    metrics: Object.entries(metrics)
      .slice(0, MOST_METRICS)
      .map(([name, value]) => `${name.replaceAll('_', ' ')} ${formatMetric(value)}`),
    size: formatBytes(version.bytes),
  };
}

function formatMetric(value: number): string {
  return formatValue(value, Math.abs(value) < 100 && !Number.isInteger(value) ? 3 : 0);
}

/** `812 B`, `4.2 KB`, `1.3 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [value, unit] = bytes < 999_950 ? [bytes / 1000, 'KB'] : [bytes / 1_000_000, 'MB'];
  return `${formatValue(value, 1)} ${unit}`;
}

function share(part: number): string {
  return `${formatValue(part * 100, 1)} % of subjects`;
}

function shortId(id: string): string {
  return id.slice(0, SHORT_ID);
}
