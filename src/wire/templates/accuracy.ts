import { WILDCARD } from './element.ts';

/** How well lines were grouped and their templates named; each from 0 to 1. */
export interface TemplateAccuracy {
  /** Share of the lines whose group holds the lines of one true group, all and only (grouping accuracy). */
  readonly groupingAccuracy: number;
  /** Harmonic mean of precision and recall over groups (F1 of grouping accuracy). */
  readonly groupingF1: number;
  /** Share of the lines with exactly their true template (parsing accuracy). */
  readonly parsingAccuracy: number;
  /** Harmonic mean of precision and recall over templates, of which each line has to be truly of it (F1 of template accuracy). */
  readonly templateF1: number;
  readonly groupsFound: number;
  readonly groupsTrue: number;
}

export interface JudgedLine {
  /** Names the group it was put in. */
  readonly group: string;
  readonly template: string;
  readonly trueTemplate: string;
}

/**
 * Compares what was mined with the truth, which is told by the true
 * templates. The measures are those of Zhu et al. (ICSE-SEIP 2019), Khan et
 * al. (ICSE 2022) and Jiang et al. (ISSTA 2024).
 */
export function judgeTemplates(lines: readonly JudgedLine[]): TemplateAccuracy {
  const found = indexesBy(lines, ({ group }) => group);
  const truth = indexesBy(lines, ({ trueTemplate }) => trueTemplate);
  const named = lines.map(
    ({ template, trueTemplate }) => normalTemplate(template) === normalTemplate(trueTemplate),
  );
  let groups = 0;
  let grouped = 0;
  let templates = 0;
  for (const indexes of found.values()) {
    const first = lines[indexes[0] ?? 0]?.trueTemplate ?? '';
    const isPure = indexes.every((index) => lines[index]?.trueTemplate === first);
    if (!isPure) continue;
    if (indexes.every((index) => named[index] === true)) templates += 1;
    if (truth.get(first)?.length !== indexes.length) continue;
    groups += 1;
    grouped += indexes.length;
  }
  const share = (part: number): number => (lines.length === 0 ? 0 : part / lines.length);
  return {
    groupingAccuracy: share(grouped),
    groupingF1: f1(groups, found.size, truth.size),
    parsingAccuracy: share(named.filter(Boolean).length),
    templateF1: f1(templates, found.size, truth.size),
    groupsFound: found.size,
    groupsTrue: truth.size,
  };
}

const JOINED = /<\*>(?:[.:/@#|,_+-]*| )<\*>/g;

/**
 * A template in the form in which templates are compared: blanks are one
 * blank, and wildcards that nothing but a blank or some of
 * `.:/@#|,_+-` separates are one wildcard, because authors of templates differ on how
 * many values an address or a date is. Nothing else is forgiven.
 */
export function normalTemplate(template: string): string {
  let text = template.replace(/\s+/g, ' ').trim();
  for (;;) {
    const next = text.replace(JOINED, WILDCARD);
    if (next === text) return text;
    text = next;
  }
}

function indexesBy(
  lines: readonly JudgedLine[],
  keyOf: (line: JudgedLine) => string,
): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  lines.forEach((line, index) => {
    const key = keyOf(line);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  });
  return groups;
}

/** 2PR / (P + R) with P = right / found and R = right / real. */
function f1(right: number, found: number, real: number): number {
  return found + real === 0 ? 0 : (2 * right) / (found + real);
}
