import { detached } from '../../core/detached.ts';
import { ELEMENT, TRAIT, WILDCARD } from './element.ts';
import type { ScannedLine } from './scanned-line.ts';
import type { Segment } from './segments.ts';

/** One element of a template. */
export interface TemplateElement {
  kind: number;
  /** Blanks stand before it. */
  readonly gap: boolean;
  /** Empty for a variable. */
  text: string;
  hash: number;
  readonly traits: number;
  /** What follows each number here, blanks included (` MB`); part of the values once it differs. */
  unit: string;
  /** A variable that was seen to hold words, so that any word fits. */
  isOpen: boolean;
}

/** How lines that are the same but for their values come to a template. */
export interface Route {
  readonly key: number;
  /** What is folded into one value first; of length 0 when nothing is. */
  readonly segment: Segment;
}

/** A template with what the miner keeps about it. */
export interface Template {
  readonly id: string;
  /** Order of making; of two that become one, the lower stays. */
  readonly serial: number;
  readonly shape: number;
  readonly elements: readonly TemplateElement[];
  /** Lines that it stands for. */
  count: number;
  /** Number of the last of these lines among all. */
  lastLine: number;
  /** Rendered text; empty until it is asked for after a change. */
  text: string;
  /** Lines that lead here, oldest first. */
  readonly routes: Route[];
  /** Ids of templates that became part of this one, oldest first. */
  readonly aliases: string[];
}

/** The elements of a new template that stands for one line. */
export function elementsOf(scanned: ScannedLine): TemplateElement[] {
  const { line, count, kinds, details, gaps, starts, ends, units, hashes } = scanned;
  return Array.from({ length: count }, (_, at) => {
    const kind = kinds[at] ?? ELEMENT.mark;
    const isVariable = kind === ELEMENT.variable;
    return {
      kind,
      gap: gaps[at] === 1,
      text: isVariable ? '' : detached(line.slice(starts[at], ends[at])),
      hash: hashes[at] ?? 0,
      traits: kind === ELEMENT.word ? (details[at] ?? 0) : 0,
      unit: isVariable ? detached(line.slice(units[at], ends[at])) : '',
      isOpen: false,
    };
  });
}

/** The text of a template: one blank for any, `<*>` for each variable. */
export function textOf(template: Pick<Template, 'elements' | 'text'>): string {
  if (template.text === '') {
    let text = '';
    for (const { kind, gap, text: literal, unit } of template.elements) {
      if (gap && text !== '') text += ' ';
      text += kind === ELEMENT.variable ? WILDCARD + unit : literal;
    }
    template.text = text;
  }
  return template.text;
}

/** Turns one element into a variable. */
export function makeVariable(template: Template, element: TemplateElement): void {
  element.kind = ELEMENT.variable;
  element.text = element.unit = '';
  element.hash = 0;
  template.text = '';
}

/** Whether the line has the same marks and blanks in the same places. */
export function hasSameMarks({ elements }: Template, scanned: ScannedLine): boolean {
  if (elements.length !== scanned.count) return false;
  for (let at = 0; at < elements.length; at += 1) {
    const element = elements[at];
    if (element === undefined || !hasSameMark(element, scanned, at)) return false;
  }
  return true;
}

function hasSameMark(element: TemplateElement, scanned: ScannedLine, at: number): boolean {
  if (element.gap !== (scanned.gaps[at] === 1)) return false;
  if (scanned.kinds[at] !== ELEMENT.mark) return element.kind !== ELEMENT.mark;
  return element.kind === ELEMENT.mark && element.hash === scanned.hashes[at];
}

/**
 * Takes a line that the template stands for and returns its values, in the
 * order of the variables. What differs becomes a variable. `undefined` when
 * the line has other marks, which two lines of one key hardly ever have: then
 * it is of another template.
 */
export function absorbLine(template: Template, scanned: ScannedLine): string[] | undefined {
  const { elements } = template;
  if (elements.length !== scanned.count) return undefined;
  const { line, starts, ends, units } = scanned;
  const values: string[] = [];
  for (let at = 0; at < elements.length; at += 1) {
    const element = elements[at];
    if (element === undefined || !hasSameMark(element, scanned, at)) return undefined;
    if (element.kind === ELEMENT.mark) continue;
    if (element.kind !== ELEMENT.variable) {
      if (isSpelled(element.text, scanned, at)) continue;
      makeVariable(template, element);
    } else if (element.unit !== '') {
      if (hasUnit(element.unit, scanned, at)) {
        values.push(line.slice(starts[at], units[at]));
        continue;
      }
      makeVariable(template, element);
    }
    values.push(line.slice(starts[at], ends[at]));
  }
  return values;
}

/** The values of a line, as {@link absorbLine}, but the template stays as it is; `undefined` when it does not fit. */
export function readValues(template: Template, scanned: ScannedLine): string[] | undefined {
  if (!hasSameMarks(template, scanned)) return undefined;
  const { line, starts, ends, units } = scanned;
  const values: string[] = [];
  for (let at = 0; at < template.elements.length; at += 1) {
    const element = template.elements[at];
    if (element === undefined || element.kind === ELEMENT.mark) continue;
    if (element.kind !== ELEMENT.variable) {
      if (!isSpelled(element.text, scanned, at)) return undefined;
    } else if (element.unit === '') values.push(line.slice(starts[at], ends[at]));
    else if (hasUnit(element.unit, scanned, at)) values.push(line.slice(starts[at], units[at]));
    else return undefined;
  }
  return values;
}

function hasUnit(unit: string, { line, units, ends }: ScannedLine, at: number): boolean {
  const start = units[at] ?? 0;
  return (ends[at] ?? 0) - start === unit.length && line.startsWith(unit, start);
}

function isSpelled(text: string, { line, starts, ends }: ScannedLine, at: number): boolean {
  const start = starts[at] ?? 0;
  return (ends[at] ?? 0) - start === text.length && line.startsWith(text, start);
}

/** Whether the digits of a word do not count. */
export function hasDigits(element: TemplateElement): boolean {
  return (element.traits & TRAIT.digits) !== 0;
}
