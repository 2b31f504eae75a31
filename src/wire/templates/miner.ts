import { ELEMENT, TRAIT } from './element.ts';
import { LineScanner } from './line-scanner.ts';
import { templateOptions, type TemplateLimits, type TemplateOptions } from './options.ts';
import { rarityOf } from './rarity.ts';
import { RepeatedLines, type RepeatedLine } from './repeated-lines.ts';
import type { ScannedLine } from './scanned-line.ts';
import { findVariants, mergeElements } from './siblings.ts';
import { readSnapshot, writeSnapshot, type MinerState } from './snapshot.ts';
import {
  absorbLine,
  hasDigits,
  hasSameMarks,
  textOf,
  readValues,
  type Template,
} from './template.ts';
import { TemplateTable, WHOLE } from './template-table.ts';

/** What the miner says of one line. */
export interface MinedLine {
  /** Stays while the template becomes more general. */
  readonly id: string;
  /** Words of the line with `<*>` for each value. */
  readonly template: string;
  /** The values, in order: put in place of each `<*>` they give the line back, but for its blanks. */
  readonly params: readonly string[];
  /** The line is the first of its template. */
  readonly isNew: boolean;
  /** Lines of this template so far, this one included. */
  readonly count: number;
  /** How rare the template is among all lines so far: −log10 of its share, 0 to 6. */
  readonly rarity: number;
}

/** What of a mined line the path of every record needs. */
export type TemplateTally = Pick<MinedLine, 'id' | 'isNew' | 'rarity'>;

/** What the miner counts, since it was made. */
export interface TemplateCounters {
  readonly lines: number;
  /** Templates held. */
  readonly templates: number;
  readonly created: number;
  readonly merged: number;
  /** Forgotten because a limit was reached. */
  readonly evicted: number;
  /** Lines of which a part beyond the limits became one value. */
  readonly cut: number;
  /** Templates that were compared with a line, a measure of work. */
  readonly compared: number;
}

/** Mines templates from the lines of one source, one line at a time, in bounded memory. */
export interface TemplateMiner {
  /** Learns from a line and names its template. */
  learn(line: string): MinedLine;
  /** Learns as `learn` does, and knows a line again that came before without looking into it. */
  tally(line: string): TemplateTally;
  /** Names the template of a line without learning; `undefined` when there is none. */
  match(line: string): MinedLine | undefined;
  /** The id by which a template goes now, if it became part of another; `undefined` when it is not held. */
  resolve(id: string): string | undefined;
  /** Templates held, oldest first. */
  templates(): readonly {
    readonly id: string;
    readonly template: string;
    readonly count: number;
  }[];
  counters(): TemplateCounters;
  /** All that the miner knows; `restoreTemplateMiner` makes one of it that goes on in the same way. */
  snapshot(): Uint8Array;
}

/** Creates a miner that knows nothing yet. */
export function createTemplateMiner(options: TemplateOptions = {}): TemplateMiner {
  return new Miner(minerTools(options));
}

/** What miners with the same limits share: they take turns. */
export interface MinerTools {
  readonly limits: TemplateLimits;
  readonly scanner: LineScanner;
}

export function minerTools(options: TemplateOptions = {}): MinerTools {
  const limits = templateOptions(options);
  return { limits, scanner: new LineScanner(limits) };
}

/**
 * A miner for one of many sources.
 * @throws WatchkeeperError PAYLOAD_INVALID for a snapshot with damaged bytes or of another version.
 */
export function openTemplateMiner(tools: MinerTools, snapshot?: Uint8Array): TemplateMiner {
  const miner = new Miner(tools);
  if (snapshot !== undefined) miner.restore(readSnapshot(snapshot));
  return miner;
}

/**
 * A miner that goes on, line for line and id for id, as the one did that wrote the snapshot.
 * @throws WatchkeeperError PAYLOAD_INVALID for damaged bytes or another version.
 */
export function restoreTemplateMiner(
  snapshot: Uint8Array,
  options: TemplateOptions = {},
): TemplateMiner {
  return openTemplateMiner(minerTools(options), snapshot);
}

class Miner implements TemplateMiner {
  readonly #limits: TemplateLimits;
  readonly #scanner: LineScanner;
  readonly #table: TemplateTable;
  readonly #repeated: RepeatedLines;
  #compared = 0;
  #cut = 0;

  constructor({ limits, scanner }: MinerTools) {
    this.#limits = limits;
    this.#scanner = scanner;
    this.#table = new TemplateTable(limits);
    this.#repeated = new RepeatedLines(limits.repeatedLines);
  }

  learn(line: string): MinedLine {
    return this.#learn(this.#scanner.scan(line));
  }

  tally(line: string): TemplateTally {
    const table = this.#table;
    const known = this.#repeated.find(line);
    if (known !== undefined && this.#stillLeads(known)) {
      const { template } = known;
      table.lines += 1;
      template.count += 1;
      template.lastLine = table.lines;
      return { id: template.id, isNew: false, rarity: rarityOf(template.count, table.lines) };
    }
    const scanned = this.#scanner.scan(line);
    const { key, isCut } = scanned;
    const mined = this.#learn(scanned);
    if (!isCut && this.#repeated.isDue(line)) {
      const template = table.under(key);
      if (template?.id === mined.id) {
        this.#repeated.keep({ line, key, template, moves: table.moves });
      }
    }
    return mined;
  }

  /** Whether learning the line would do no more than count it. */
  #stillLeads(known: RepeatedLine): boolean {
    const table = this.#table;
    if (known.moves === table.moves) return true;
    if (table.under(known.key) !== known.template) return false;
    known.moves = table.moves;
    return true;
  }

  #learn(scanned: ScannedLine): MinedLine {
    const table = this.#table;
    if (scanned.isCut) this.#cut += 1;
    table.lines += 1;
    const known = table.find(scanned);
    const values = known === undefined ? undefined : absorbLine(known, scanned);
    if (known !== undefined && values !== undefined) return this.#count(known, values, false);
    const fitting = this.#fitting(scanned);
    this.#compared += table.bucket(scanned.shape).length;
    if (fitting !== undefined) {
      table.remember({ key: scanned.key, segment: WHOLE }, fitting);
      return this.#count(fitting, absorbLine(fitting, scanned) ?? [], false);
    }
    const folded = table.findFolded(scanned);
    if (folded !== undefined) return this.#count(folded, absorbLine(folded, scanned) ?? [], false);
    const made = table.add(scanned);
    const template = this.#generalise(made);
    return this.#count(template, absorbLine(template, scanned) ?? [], template === made);
  }

  match(line: string): MinedLine | undefined {
    const scanned = this.#scanner.scan(line);
    const template = this.#table.find(scanned) ?? this.#fitting(scanned);
    const params = template === undefined ? undefined : readValues(template, scanned);
    if (template === undefined || params === undefined) return undefined;
    return this.#mined(template, params, false);
  }

  resolve(id: string): string | undefined {
    return this.#table.resolve(id);
  }

  templates(): readonly { id: string; template: string; count: number }[] {
    return this.#table
      .all()
      .map((each) => ({ id: each.id, template: textOf(each), count: each.count }));
  }

  counters(): TemplateCounters {
    const { lines, size, created, merged, evicted } = this.#table;
    return {
      lines,
      templates: size,
      created,
      merged,
      evicted,
      cut: this.#cut,
      compared: this.#compared,
    };
  }

  snapshot(): Uint8Array {
    const { lines, created, merged, evicted } = this.#table;
    const counters = { lines, created, merged, evicted, cut: this.#cut, compared: this.#compared };
    return writeSnapshot({ ...counters, templates: this.#table.all() });
  }

  restore(state: MinerState): void {
    this.#cut = state.cut;
    this.#compared = state.compared;
    this.#table.restore(state);
  }

  #count(template: Template, params: readonly string[], isNew: boolean): MinedLine {
    template.count += 1;
    template.lastLine = this.#table.lines;
    return this.#mined(template, params, isNew);
  }

  #mined(template: Template, params: readonly string[], isNew: boolean): MinedLine {
    return {
      id: template.id,
      template: textOf(template),
      params,
      isNew,
      count: template.count,
      rarity: rarityOf(template.count, this.#table.lines),
    };
  }

  /** The template with most words of the line and none that it has not. */
  #fitting(scanned: ScannedLine): Template | undefined {
    let best: Template | undefined;
    let most = -1;
    for (const template of this.#table.bucket(scanned.shape)) {
      const words = agreeingWords(template, scanned);
      if (words > most) {
        most = words;
        best = template;
      }
    }
    return best;
  }

  #generalise(made: Template): Template {
    const bucket = this.#table.bucket(made.shape);
    this.#compared += bucket.length;
    const variants = findVariants(made, bucket, this.#limits.evidence);
    if (variants === undefined) return made;
    const all = [...variants.templates, made];
    const oldest = all.reduce((a, b) => (a.serial < b.serial ? a : b));
    for (const each of all) {
      if (each === oldest) continue;
      mergeElements(oldest, each);
      this.#table.join(oldest, each);
    }
    return oldest;
  }
}

/** Words that line and template share; −1 when the line lacks one of the template's, or has a word for a mask. */
function agreeingWords(template: Template, scanned: ScannedLine): number {
  if (!hasSameMarks(template, scanned)) return -1;
  let words = 0;
  for (let at = 0; at < template.elements.length; at += 1) {
    const element = template.elements[at];
    if (element === undefined || element.kind === ELEMENT.mark) continue;
    const isWord = scanned.kinds[at] === ELEMENT.word;
    if (element.kind === ELEMENT.word) {
      if (isWord ? element.hash !== scanned.hashes[at] : !hasDigits(element)) return -1;
      words += 1;
    } else if (isWord && !element.isOpen && ((scanned.details[at] ?? 0) & TRAIT.digits) === 0)
      return -1;
  }
  return words;
}
