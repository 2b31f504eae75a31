import { Random } from '../../src/core/random.ts';
import { Coverage, CoverageMap } from './coverage.ts';
import { compare, observe, Violation, type Outcome } from './invariants.ts';
import { MutationEngine } from './mutators/mutate.ts';
import { checkTime, type TimeLimit } from './time-limit.ts';
import { bytesOf, type FuzzTarget } from './target.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** Inputs to begin from, besides the target's seeds. */
  readonly corpus: readonly Uint8Array[];
  /** Whether to go on after so many runs. */
  readonly isOver: (runs: number) => boolean;
  readonly time: TimeLimit;
  /** Told of each input before it runs. */
  readonly onInput?: (input: Uint8Array) => void;
  /** What to do with a violation; without it the campaign ends. */
  readonly onViolation?: (violation: Violation) => void;
}

export interface CampaignResult {
  readonly runs: number;
  /** Characters of source under `src/` that ran. */
  readonly covered: number;
  /** Inputs that reached something new, in the order of finding. */
  readonly found: readonly Uint8Array[];
}

const BATCH = 64;

/**
 * Coverage-guided fuzzing: inputs are mutated, run in batches, and those that
 * reach blocks (or counts of blocks) which no input reached before are kept to be
 * mutated further. Same seed, same code, same corpus: same inputs.
 * @throws Violation the first, unless `onViolation` takes them
 */
export async function runCampaign(
  target: FuzzTarget,
  options: CampaignOptions,
): Promise<CampaignResult> {
  return new Campaign(target, options).run();
}

class Campaign {
  readonly #target: FuzzTarget;
  readonly #options: CampaignOptions;
  readonly #coverage = Coverage.begin();
  readonly #engine: MutationEngine;
  /** What single inputs reached. */
  readonly #seen = new CoverageMap();
  /** Counts of a batch are others than those of its inputs. */
  readonly #seenByBatches = new CoverageMap();
  readonly #inputs: Uint8Array[] = [];
  readonly #found: Uint8Array[] = [];
  #runs = 0;

  constructor(target: FuzzTarget, options: CampaignOptions) {
    this.#target = target;
    this.#options = options;
    this.#engine = new MutationEngine(target, new Random(options.seed, 'fuzz'));
  }

  async run(): Promise<CampaignResult> {
    const given = [...this.#target.seeds.map(bytesOf), ...this.#options.corpus];
    for (const input of given) await this.#learn(input, false);
    this.#inputs.push(...(this.#inputs.length === 0 ? given.slice(0, 1) : []));
    while (!this.#options.isOver(this.#runs)) await this.#batch();
    return { runs: this.#runs, covered: this.#seen.covered, found: this.#found };
  }

  async #batch(): Promise<void> {
    const inputs = Array.from({ length: BATCH }, () => this.#engine.next(this.#inputs));
    const outcomes: (Outcome | undefined)[] = [];
    for (const input of inputs) outcomes.push(await this.#run(input));
    // Backwards, so that state which one run leaves to the next shows.
    for (const [index, input] of [...inputs.entries()].reverse()) {
      if (index % 4 === 0) await this.#runAgain(input, outcomes[index]);
    }
    const executed = this.#coverage.take();
    if (this.#seen.isNew(executed, false) || this.#seenByBatches.isNew(executed, true)) {
      this.#seenByBatches.add(executed);
      await this.#search(inputs, true);
    }
  }

  /** Halves a batch that reached something new until it is clear which input did. */
  async #search(inputs: readonly Uint8Array[], isWhole = false): Promise<void> {
    const [only] = inputs;
    if (only === undefined) return;
    if (inputs.length === 1) return this.#learn(only, true);
    if (!isWhole) {
      for (const input of inputs) await this.#run(input);
      if (!this.#seen.isNew(this.#coverage.take(), inputs.length > 8)) return;
    }
    await this.#search(inputs.slice(0, inputs.length >> 1));
    await this.#search(inputs.slice(inputs.length >> 1));
  }

  async #learn(input: Uint8Array, isFound: boolean): Promise<void> {
    this.#coverage.take();
    await this.#run(input);
    const executed = this.#coverage.take();
    if (!this.#seen.isNew(executed, true)) return;
    this.#seen.add(executed);
    this.#inputs.push(input);
    if (isFound) this.#found.push(input);
  }

  async #run(input: Uint8Array): Promise<Outcome | undefined> {
    this.#runs += 1;
    this.#options.onInput?.(input);
    try {
      const begun = performance.now();
      const outcome = await observe(this.#target, input);
      if (performance.now() - begun > this.#options.time.ms * (this.#target.patience ?? 1)) {
        await checkTime(this.#target, input, this.#options.time);
      }
      return outcome;
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  async #runAgain(input: Uint8Array, before: Outcome | undefined): Promise<void> {
    const after = await this.#run(input);
    if (before === undefined || after === undefined) return;
    try {
      compare(before, after, input);
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    if (!(error instanceof Violation) || this.#options.onViolation === undefined) throw error;
    this.#options.onViolation(error);
  }
}
