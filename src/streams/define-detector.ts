import { compileFilter, readLogRecord } from '../core/filter/compile-filter.ts';
import type { ConfigFilter } from '../core/filter/config-filter.ts';
import { optionsJsonSchema, parseOptions } from '../core/options.ts';
import type { JsonSchema, OptionsOf, OptionsSpec } from '../core/options.ts';
import { configError } from '../core/yaml-node.ts';
import type { YamlMap } from '../core/yaml-node.ts';
import type { Finding } from '../model/finding.ts';
import type { LogRecord } from '../model/record.ts';
import { SEVERITIES } from '../model/severity.ts';
import type { Severity } from '../model/severity.ts';
import type { SubjectId, SubjectKind } from '../model/subject.ts';
import { Chain } from './chain.ts';
import type { Pipeline } from './chain.ts';
import type {
  Activity,
  Detection,
  Detector,
  ExplainContext,
  Explanation,
  FindingsInput,
  ScoreInput,
} from './detector.ts';

/** What differs from finding to finding; the rest is the detector's. */
export type FindingFacts = Pick<
  Finding,
  'action' | 'subject' | 'key' | 'trigger' | 'at' | 'summary' | 'evidence'
>;

/** What `create` is given. */
export interface DetectorContext<Spec extends OptionsSpec> {
  readonly id: string;
  readonly options: OptionsOf<Spec>;
  /** Completes a finding with the detector's id, version, type, severity and action text. */
  readonly finding: (facts: FindingFacts) => Finding;
}

/** The parts of {@link Detector} that an author writes; the same promises hold. */
export interface DetectorLogic<State> {
  initial(subject: SubjectId): State;
  selector(state: State): ((record: LogRecord) => boolean) | undefined;
  deadline(state: State, activity: Activity): number | undefined;
  /** Synchronous, one result per job; see {@link Chain}. */
  readonly pipeline: Pipeline<State>;
  /** Takes the answer to a request for a score; see {@link Detector}. */
  answer?(state: State, input: ScoreInput): Detection<State>;
  /** Whose findings it takes, and how; see {@link Detector}. */
  readonly hears?: readonly string[];
  hear?(state: State, input: FindingsInput): Detection<State>;
  snapshot(state: State): unknown;
  restore(data: unknown, subject: SubjectId): State;
  /** Why it has fired or not, for people; see {@link Detector}. */
  explain?(state: State, context: ExplainContext): Explanation;
}

export interface DetectorSpec<Spec extends OptionsSpec, State> {
  /** snake_case; what `type:` names in the configuration. */
  readonly type: string;
  /** Grows when the logic changes; part of alert ids. */
  readonly version: number;
  /** What it finds and when its alert resolves. */
  readonly doc: string;
  readonly subjects: readonly SubjectKind[];
  /** Severity of its findings unless the configuration says otherwise. */
  readonly severity: Severity;
  /** What to do about it, unless the configuration says otherwise. */
  readonly action: string;
  readonly options: Spec;
  /** Why its entries may not have a `where`, as a sentence; they may when it is left out. */
  readonly noWhere?: string;
  /** Checks what single options cannot, for example that one is below another. The text is the complaint. */
  readonly check?: (options: OptionsOf<Spec>) => string | undefined;
  /** Fewer kinds than `subjects`, where the options decide which it can watch. */
  readonly narrow?: (options: OptionsOf<Spec>) => readonly SubjectKind[];
  create(context: DetectorContext<Spec>): DetectorLogic<State>;
}

/** What an entry of the configuration says besides the options. */
export interface DetectorEntry {
  readonly id: string;
  readonly severity: Severity | undefined;
  readonly action: string | undefined;
  /** Which records reach it; all when left out. */
  readonly where?: ConfigFilter | undefined;
  /** The entry itself, with the options among its keys. */
  readonly map: YamlMap;
}

/** A type of detector, ready to be bound to entries of the configuration. */
export interface DetectorType {
  readonly type: string;
  readonly version: number;
  readonly doc: string;
  readonly subjects: readonly SubjectKind[];
  readonly severity: Severity;
  readonly action: string;
  readonly options: OptionsSpec;
  /** JSON Schema of one entry. */
  readonly jsonSchema: JsonSchema;
  /** @throws CONFIG_INVALID */
  bind(entry: DetectorEntry): Detector;
}

/** Keys of an entry that every type shares. */
const ENTRY_KEYS = ['id', 'type', 'enabled', 'severity', 'action', 'where'];

/**
 * Defines a type of detector in one file.
 * @example
 * export const noisy = defineDetector({
 *   type: 'noisy', version: 1, doc: 'Any debug record.', subjects: ['service'],
 *   severity: 'low', action: 'Lower the log level.', options: {},
 *   create: ({ finding }) => ({ … }),
 * });
 */
export function defineDetector<Spec extends OptionsSpec, State>(
  spec: DetectorSpec<Spec, State>,
): DetectorType {
  const { type, version, doc, subjects, severity, action, options } = spec;
  return {
    type,
    version,
    doc,
    subjects,
    severity,
    action,
    options,
    jsonSchema: entryJsonSchema(type, options),
    bind: (entry) => bind(spec, entry) as Detector,
  };
}

function bind<Spec extends OptionsSpec, State>(
  spec: DetectorSpec<Spec, State>,
  entry: DetectorEntry,
): Detector<State> {
  const { type, version } = spec;
  const { id } = entry;
  const options = optionsOf(spec, entry);
  const finding = (facts: FindingFacts): Finding => ({
    action: facts.action,
    detector: id,
    version,
    type,
    severity: entry.severity ?? spec.severity,
    subject: facts.subject,
    key: facts.key,
    trigger: facts.trigger,
    at: facts.at,
    summary: facts.summary,
    actionRequired: entry.action ?? spec.action,
    evidence: facts.evidence,
  });
  const logic = spec.create({ id, options, finding });
  const chain = new Chain(logic.pipeline);
  return {
    id,
    type,
    version,
    subjects: spec.narrow?.(options) ?? spec.subjects,
    options,
    stages: chain.stages,
    initial: (subject) => logic.initial(subject),
    selector: (state) => logic.selector(state),
    deadline: (state, activity) => logic.deadline(state, activity),
    detect: (state, input) => chain.run({ state, input }),
    snapshot: (state) => logic.snapshot(state),
    restore: (data, subject) => logic.restore(data, subject),
    ...extrasOf(logic),
    ...whereOf(spec, entry, logic),
  };
}

type Selects<State> = Pick<Detector<State>, 'where' | 'selector'>;

/** The filter in front of the selector; nothing when there is none, so that it costs nothing then. */
function whereOf<Spec extends OptionsSpec, State>(
  { type, noWhere }: DetectorSpec<Spec, State>,
  { where, map }: DetectorEntry,
  logic: DetectorLogic<State>,
): Selects<State> | Record<string, never> {
  if (where === undefined) return {};
  if (noWhere !== undefined) {
    const at = map.entries.get('where')?.keyAt ?? map.at;
    throw configError(at, `A "${type}" cannot have a "where": ${noWhere}`);
  }
  const matches = compileFilter(where.filter, readLogRecord);
  return {
    where: where.text,
    selector: (state) => {
      const selects = logic.selector(state);
      return selects && ((record) => selects(record) && matches(record));
    },
  };
}

function optionsOf<Spec extends OptionsSpec, State>(
  spec: DetectorSpec<Spec, State>,
  { map }: DetectorEntry,
): OptionsOf<Spec> {
  const options = parseOptions(spec.options, map, ENTRY_KEYS);
  const complaint = spec.check?.(options);
  if (complaint !== undefined) throw configError(map.at, complaint);
  return options;
}

/** What an author may leave out. */
function extrasOf<State>(
  logic: DetectorLogic<State>,
): Pick<Detector<State>, 'answer' | 'explain' | 'hear' | 'hears'> {
  const answer = logic.answer?.bind(logic);
  const explain = logic.explain?.bind(logic);
  const hear = logic.hear?.bind(logic);
  const { hears } = logic;
  return {
    ...(answer && { answer }),
    ...(explain && { explain }),
    ...(hear && hears && { hear, hears }),
  };
}

function entryJsonSchema(type: string, options: OptionsSpec): JsonSchema {
  const { properties, required } = optionsJsonSchema(options) as {
    properties: object;
    required: readonly string[];
  };
  return {
    type: 'object',
    properties: {
      id: { type: 'string' },
      type: { const: type },
      enabled: { type: 'boolean', default: true },
      severity: { enum: SEVERITIES },
      action: { type: 'string' },
      where: { type: 'string', description: 'Filter; only records that match reach it.' },
      ...properties,
    },
    required: ['type', ...required],
    additionalProperties: false,
  };
}
