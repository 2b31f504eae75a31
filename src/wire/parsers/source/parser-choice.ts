import type { LineContext, LineParser, ParsedLine } from '../line-parser.ts';

/** Who read a line, and what it says. */
interface Reading {
  readonly parser: LineParser;
  readonly record: ParsedLine;
}

/** Chooses for each line of one source who reads it. */
export interface ParserChoice {
  parse(line: string, context: LineContext): Reading | undefined;
  /** Who goes first; `undefined` while that is open. */
  current(): LineParser | undefined;
}

/** Lines at the start of a source on which every parser is tried. */
const TRIAL_LINES = 20;
/** Lines in a row that another parser must read, and the current one not, to take its place. */
const SWITCH_LINES = 8;
/** Lines in a row that nobody read, after which not every line is tried on all. */
const HOPELESS_LINES = 64;
/** Of hopeless lines one of so many is still tried on all parsers. */
const HOPELESS_SHARE = 16;

export function createParserChoice(
  parsers: readonly LineParser[],
  mode: 'chain' | 'auto',
): ParserChoice {
  return mode === 'auto' ? new Detection(parsers) : new Chain(parsers);
}

class Chain implements ParserChoice {
  readonly #parsers: readonly LineParser[];

  constructor(parsers: readonly LineParser[]) {
    this.#parsers = parsers;
  }

  parse(line: string, context: LineContext): Reading | undefined {
    return firstOf(this.#parsers, line, { context });
  }

  current(): LineParser | undefined {
    return this.#parsers[0];
  }
}

/**
 * The trial lines are given to every parser; who reads most of them goes
 * first from then on. A single line that it cannot read goes to the others
 * and changes nothing; a run of them that one other reads does.
 */
class Detection implements ParserChoice {
  readonly #parsers: readonly LineParser[];
  readonly #scores: number[];
  #trials = 0;
  #current: LineParser | undefined;
  #rival: LineParser | undefined;
  #rivalRun = 0;
  #unread = 0;

  constructor(parsers: readonly LineParser[]) {
    this.#parsers = parsers;
    this.#scores = parsers.map(() => 0);
  }

  parse(line: string, context: LineContext): Reading | undefined {
    if (this.#trials < TRIAL_LINES) return this.#try(line, context);
    const current = this.#current;
    const record = current?.parse(line, context);
    if (current !== undefined && record !== undefined) {
      this.#rivalRun = 0;
      this.#unread = 0;
      return { parser: current, record };
    }
    return this.#tryOthers(line, context);
  }

  current(): LineParser | undefined {
    return this.#current;
  }

  #try(line: string, context: LineContext): Reading | undefined {
    this.#trials += 1;
    const readings: Reading[] = [];
    let best = -1;
    for (const [index, parser] of this.#parsers.entries()) {
      const record = parser.parse(line, context);
      if (record === undefined) continue;
      readings.push({ parser, record });
      const score = (this.#scores[index] ?? 0) + 1;
      this.#scores[index] = score;
    }
    for (const [index, score] of this.#scores.entries()) {
      if (score > 0 && (best < 0 || score > (this.#scores[best] ?? 0))) best = index;
    }
    this.#current = this.#parsers[best];
    return readings.find(({ parser }) => parser === this.#current) ?? readings[0];
  }

  #tryOthers(line: string, context: LineContext): Reading | undefined {
    this.#unread += 1;
    if (this.#unread > HOPELESS_LINES && this.#unread % HOPELESS_SHARE !== 0) return undefined;
    const found = firstOf(this.#parsers, line, { context, but: this.#current });
    if (found === undefined) return undefined;
    this.#unread = 0;
    this.#rivalRun = found.parser === this.#rival ? this.#rivalRun + 1 : 1;
    this.#rival = found.parser;
    if (this.#rivalRun >= SWITCH_LINES || this.#current === undefined) {
      this.#current = found.parser;
      this.#rivalRun = 0;
    }
    return found;
  }
}

function firstOf(
  parsers: readonly LineParser[],
  line: string,
  { context, but }: { readonly context: LineContext; readonly but?: LineParser | undefined },
): Reading | undefined {
  for (const parser of parsers) {
    if (parser === but) continue;
    const record = parser.parse(line, context);
    if (record !== undefined) return { parser, record };
  }
  return undefined;
}
