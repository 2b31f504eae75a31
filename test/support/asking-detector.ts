import type { Finding } from '../../src/model/finding.ts';
import type { SubjectId } from '../../src/model/subject.ts';
import type { Cancel } from '../../src/core/clock.ts';
import type { LiveModel, LiveModels, ModelSlot, Scored } from '../../src/actors/ports.ts';
import type { Detector, ModelInput, ScoreInput } from '../../src/streams/detector.ts';

export interface AskingState {
  readonly asked: readonly string[];
  /** Key, model and what it was told, in order. */
  readonly answers: readonly (readonly [key: string, model: string, said: number | string])[];
}

export interface AskingOptions {
  readonly id?: string;
  readonly model?: string;
  readonly timeoutMs?: number;
  readonly features?: string;
  readonly subjects?: Detector['subjects'];
  /** Called before each answer is taken; throw to make it fail. */
  readonly before?: (input: ScoreInput) => void;
}

/** Asks for a score of each error record's duration, and opens an alert for 3 and more: the smallest that asks. */
export function askingDetector(options: AskingOptions = {}): Detector<AskingState> {
  const { id = 'asker', model = 'fake', timeoutMs = 2000, features } = options;
  return {
    id,
    type: id,
    version: 1,
    subjects: options.subjects ?? ['service'],
    initial: () => ({ asked: [], answers: [] }),
    selector: () => (record) => record.level >= 17,
    deadline: () => undefined,
    detect(state, input) {
      if (input.type === 'deadline') return { state, findings: [] };
      const requests = input.records.map((record, index) => ({
        model,
        key: input.triggers[index] ?? '',
        trigger: input.triggers[index] ?? '',
        input: Float64Array.of(record.durationMs ?? 0, 1),
        timeoutMs,
        note: { message: record.message },
        ...(features === undefined ? {} : { features }),
      }));
      return {
        state: { ...state, asked: [...state.asked, ...input.triggers] },
        findings: [],
        requests,
      };
    },
    answer(state, input) {
      options.before?.(input);
      const { request, answer, subject } = input;
      const said = 'failure' in answer ? answer.failure : answer.surprise;
      const answers = [...state.answers, [request.key, input.model, said] as const];
      const findings =
        typeof said === 'number' && said >= 3 ? [finding(id, subject, { input, said })] : [];
      return { state: { ...state, answers }, findings };
    },
    snapshot: (state) => state,
    restore: (data) => data as AskingState,
  };
}

function finding(
  id: string,
  subject: SubjectId,
  { input, said }: { readonly input: ScoreInput; readonly said: number },
): Finding {
  return {
    action: 'open',
    detector: id,
    version: 1,
    type: id,
    severity: 'high',
    subject,
    key: input.request.key,
    trigger: input.request.trigger,
    at: input.at,
    summary: 'unusual',
    actionRequired: 'Look',
    evidence: {
      value: said,
      threshold: 3,
      unit: 'surprise',
      windowMs: 0,
      samples: [],
      facts: { model: input.model },
    },
  };
}

/** A model whose surprise is the first number of the vector, and that can be made to fail. */
export class FakeModel implements LiveModel {
  readonly id: string;
  readonly takes = 'vectors';
  features?: string;
  /** Inputs of each call. */
  readonly calls: (readonly ModelInput[])[] = [];
  /** Called with each row; what it gives is the score. */
  rule: (value: number) => number = (value) => value;
  /** Holds answers back until it is resolved. */
  gate: Promise<void> | undefined;

  constructor(id = 'artefact-1') {
    this.id = id;
  }

  score(inputs: readonly ModelInput[]): readonly Scored[] | Promise<readonly Scored[]> {
    this.calls.push(inputs);
    const scored = (): readonly Scored[] =>
      inputs.map((input) => {
        const raw = this.rule(input[0] ?? 0);
        return { raw, surprise: raw, contributions: [{ name: 'duration', share: 1 }] };
      });
    return this.gate === undefined ? scored() : this.gate.then(scored);
  }
}

/** Models that a test puts in force. */
export class FakeModels implements LiveModels {
  readonly #slots = new Map<string, ModelSlot>();
  readonly #listeners = new Set<(name: string) => void>();

  constructor(live?: LiveModel) {
    if (live !== undefined) this.set('fake', { live, shadows: [] });
  }

  get(name: string): ModelSlot | undefined {
    return this.#slots.get(name);
  }

  set(name: string, slot: ModelSlot | undefined): void {
    if (slot === undefined) this.#slots.delete(name);
    else this.#slots.set(name, slot);
    for (const listener of this.#listeners) listener(name);
  }

  onChange(listener: (name: string) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
