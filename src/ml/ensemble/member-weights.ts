import { requireThat, isObject, finite } from '../calibration/snapshot.ts';

/** How fast labels move weights. */
const RATE = 0.5;
/** What every member keeps of an equal share, so that it can come back. */
const FLOOR = 0.1;
/** A surprise of 4 counts as fully surprised. */
const FULL = 4;

/**
 * Weights of members per subject class, equal until labels come. A label
 * multiplies each member's weight by e^(−rate × loss), its loss being how far
 * it was from the label (Hedge: Freund and Schapire, 1997), and each keeps a
 * tenth of an equal share (Herbster and Warmuth, 1998). O(members).
 */
export class MemberWeights {
  readonly #classes = new Map<string, Map<string, number>>();

  /** Of one member, relative to 1. */
  of(subjectClass: string, name: string): number {
    return this.#classes.get(subjectClass)?.get(name) ?? 1;
  }

  learn(
    subjectClass: string,
    members: readonly { readonly name: string; readonly surprise: number }[],
    isAnomaly: boolean,
  ): void {
    const weights = this.#classes.get(subjectClass) ?? new Map<string, number>();
    this.#classes.set(subjectClass, weights);
    for (const { name, surprise } of members) {
      const said = Math.min(1, surprise / FULL);
      const loss = isAnomaly ? 1 - said : said;
      weights.set(name, this.of(subjectClass, name) * Math.exp(-RATE * loss));
    }
    let total = 0;
    for (const weight of weights.values()) total += weight;
    for (const [name, weight] of weights) {
      weights.set(name, FLOOR + ((1 - FLOOR) * weight * weights.size) / total);
    }
  }

  state(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries(
      [...this.#classes].map(([name, weights]) => [name, Object.fromEntries(weights)]),
    );
  }

  /** @throws MODEL_INVALID */
  static from(state: unknown): MemberWeights {
    requireThat(isObject(state), 'its weights are missing');
    const all = new MemberWeights();
    for (const [subjectClass, known] of Object.entries(state)) {
      requireThat(isObject(known), 'its weights are missing');
      const weights = new Map<string, number>();
      for (const [name, weight] of Object.entries(known)) {
        const value = finite(weight, 'its weights');
        requireThat(value > 0, 'its weights are not above 0');
        weights.set(name, value);
      }
      all.#classes.set(subjectClass, weights);
    }
    return all;
  }
}
