import { Session, type Profiler } from 'node:inspector';

/** What ran: for each function, by the place of its text, how often each of its characters ran (1 + log2, 0 for never). */
export type Executed = ReadonlyMap<string, Uint8Array>;

/**
 * V8's precise block coverage of this process, restricted to the scripts under
 * `src/`. Only functions compiled after it began count their blocks, so begin before
 * the code in question is imported. A call costs about as much as a hundred
 * short runs, so let many runs pass between two of them.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** The one of this process. @param root URL prefix of the scripts that count. */
  static begin(root = new URL('../../src/', import.meta.url).href): Coverage {
    return (running ??= new Coverage(root));
  }

  /** What ran since the last call. */
  take(): Executed {
    const executed = new Map<string, Uint8Array>();
    for (const { scriptId, ranges } of this.#functions()) {
      const [whole] = ranges;
      if (whole === undefined || whole.count === 0) continue;
      const { startOffset, endOffset } = whole;
      const levels = new Uint8Array(endOffset - startOffset);
      // V8 joins neighbours that ran equally often, so only what each character did can be compared.
      for (const range of ranges) {
        const level = range.count === 0 ? 0 : 1 + Math.floor(Math.log2(range.count));
        levels.fill(level, range.startOffset - startOffset, range.endOffset - startOffset);
      }
      executed.set(`${scriptId}:${startOffset}:${endOffset}`, levels);
    }
    return executed;
  }

  /** Names of the functions that ran since the last call, by the URL of their script. */
  takeNames(): ReadonlyMap<string, ReadonlySet<string>> {
    const names = new Map<string, Set<string>>();
    for (const { url, functionName, ranges } of this.#functions()) {
      if ((ranges[0]?.count ?? 0) === 0) continue;
      // The whole of a module is a function without a name, and runs once it is imported.
      if (functionName === '' && ranges[0]?.startOffset === 0) continue;
      names.set(url, (names.get(url) ?? new Set()).add(functionName));
    }
    return names;
  }

  /** How many blocks were executed since the last call, each as often as it ran. */
  takeWork(): number {
    let work = 0;
    for (const { ranges } of this.#functions()) {
      for (const { count } of ranges) work += count;
    }
    return work;
  }

  *#functions(): Generator<FunctionOfScript> {
    const { result } = this.#post('Profiler.takePreciseCoverage') as unknown as {
      readonly result: readonly Profiler.ScriptCoverage[];
    };
    for (const { url, scriptId, functions } of result) {
      if (!url.startsWith(this.#root)) continue;
      for (const each of functions) yield { ...each, scriptId, url };
    }
  }

  /** A session in its own thread answers before `post` returns. */
  #post(method: string, parameters?: object): object {
    let answer: object | undefined;
    let failure: Error | null = null;
    this.#session.post(method, parameters, (error, result) => {
      failure = error;
      answer = result as object;
    });
    if (failure !== null) throw failure as Error;
    return answer ?? {};
  }
}

type FunctionOfScript = Profiler.FunctionCoverage & {
  readonly scriptId: string;
  readonly url: string;
};

let running: Coverage | undefined;

/** What has run so far, in all. */
export class CoverageMap {
  readonly #functions = new Map<string, Uint8Array>();

  /**
   * Whether something ran that had never run; with `byCount`, also whether something
   * ran (about) twice as often as ever before.
   */
  isNew(executed: Executed, byCount: boolean): boolean {
    for (const [key, levels] of executed) {
      const known = this.#functions.get(key);
      if (known === undefined) return true;
      for (let at = 0; at < levels.length; at += 1) {
        const level = levels[at] ?? 0;
        const before = known[at] ?? 0;
        if (level > before && (byCount || before === 0)) return true;
      }
    }
    return false;
  }

  add(executed: Executed): void {
    for (const [key, levels] of executed) {
      const known = this.#functions.get(key);
      if (known === undefined) this.#functions.set(key, levels);
      else levels.forEach((level, at) => (known[at] = Math.max(known[at] ?? 0, level)));
    }
  }

  /** Places that `executed` reached and nothing before it, one for each stretch of them. */
  fresh(executed: Executed): readonly (readonly [key: string, at: number])[] {
    const found: [string, number][] = [];
    for (const [key, levels] of executed) {
      const known = this.#functions.get(key);
      let isBefore = false;
      for (let at = 0; at < levels.length; at += 1) {
        const isFresh = levels[at] !== 0 && (known?.[at] ?? 0) === 0;
        if (isFresh && !isBefore) found.push([key, at]);
        isBefore = isFresh;
      }
    }
    return found;
  }

  /** Characters of source that have run. */
  get covered(): number {
    let sum = 0;
    for (const levels of this.#functions.values()) {
      sum += levels.reduce((count, level) => count + (level > 0 ? 1 : 0), 0);
    }
    return sum;
  }
}
