import { ELEMENT, TRAIT } from './element.ts';
import { hasDigits, makeVariable, type Template, type TemplateElement } from './template.ts';
import { isHolder, isLeader } from './vocabulary.ts';

/** How many different values it takes to call a place in a template a variable, by what stands there. */
export interface Evidence {
  /** Plain words. @default 5 */
  readonly words: number;
  /** Plain words in a template of hardly any other word. @default 10 */
  readonly wordsAlone: number;
  /** Names, that is words with symbols inside (`web-front`). @default 3 */
  readonly names: number;
  /** Words behind one that leads to a name (`by`, `from`, `class`). @default 3 */
  readonly led: number;
  /** Words with punctuation on both sides, as fields of a list have. @default 4 */
  readonly fields: number;
  /** Constants in capitals. @default 8 */
  readonly capitals: number;
  /** In the first place, which mostly names the speaker. @default 8 */
  readonly opening: number;
  /** In the first place, with hardly any other word. @default 12 */
  readonly openingAlone: number;
  /** Other words that have to agree before the first place may vary. @default 3 */
  readonly openingContext: number;
}

/** Places that may vary at once. */
const MAX_PLACES = 3;
/** Sets of places that are tried; those with fewest places come first. */
const MAX_TRIED = 16;
const ONE_OTHER = 2;
/** Words that have to agree beside a place for the usual evidence to do. */
const ENOUGH_CONTEXT = 2;

interface Sibling {
  readonly template: Template;
  readonly places: readonly number[];
}

/**
 * Templates that, with `made`, turn out to be one: they differ in the same
 * places only, with enough different values in each. Looks at each of
 * `bucket`, which have the same marks, once. `undefined` when there are none.
 */
export function findVariants(
  made: Template,
  bucket: readonly Template[],
  evidence: Evidence,
): Variants | undefined {
  const siblings: Sibling[] = [];
  for (const template of bucket) {
    const places = template === made ? undefined : differingPlaces(made, template);
    if (places !== undefined) siblings.push({ template, places });
  }
  const tried = new Set<string>();
  for (const { places } of siblings.toSorted((a, b) => a.places.length - b.places.length)) {
    const key = places.join();
    if (tried.has(key)) continue;
    if (tried.size === MAX_TRIED) break;
    tried.add(key);
    const templates = siblings
      .filter((each) => each.places.every((place) => places.includes(place)))
      .map(({ template }) => template);
    const variants = { templates: [made, ...templates], places };
    if (places.every((place) => isVariable(place, variants, evidence)))
      return { templates, places };
  }
  return undefined;
}

/** Makes `from` part of `into`, which was there first: what differs becomes a variable. */
export function mergeElements(into: Template, from: Template): void {
  into.elements.forEach((element, at) => {
    const other = from.elements[at];
    if (other === undefined || element.kind === ELEMENT.mark) return;
    const isSame =
      other.kind === element.kind && other.text === element.text && other.unit === element.unit;
    const isOpen =
      element.isOpen || other.isOpen || (!isSame && (isPlain(element) || isPlain(other)));
    if (!isSame) makeVariable(into, element);
    element.isOpen = isOpen;
  });
}

function isPlain(element: TemplateElement): boolean {
  return element.kind === ELEMENT.word && !hasDigits(element);
}

/** Places where two templates of one shape differ; `undefined` when in none, in too many, or when their marks do. */
function differingPlaces(a: Template, b: Template): readonly number[] | undefined {
  const places: number[] = [];
  if (a.elements.length !== b.elements.length) return undefined;
  let agreeing = 0;
  for (let at = 0; at < a.elements.length; at += 1) {
    const one = a.elements[at];
    const other = b.elements[at];
    if (one === undefined || other === undefined) return undefined;
    if (one.kind === ELEMENT.mark) {
      if (one.hash !== other.hash || one.gap !== other.gap) return undefined;
    } else if (!agree(one, other)) {
      if (places.length === MAX_PLACES) return undefined;
      places.push(at);
    } else if (one.kind === ELEMENT.word) agreeing += 1;
  }
  return agreeing < places.length * 2 - 1 ? undefined : places;
}

/** Two elements that do not tell templates apart. */
export function agree(one: TemplateElement, other: TemplateElement): boolean {
  if (one.kind === ELEMENT.word && other.kind === ELEMENT.word) return one.hash === other.hash;
  if (one.kind === ELEMENT.word) return hasDigits(one);
  return other.kind !== ELEMENT.word || hasDigits(other);
}

interface Variants {
  readonly templates: readonly Template[];
  readonly places: readonly number[];
}

function isVariable(place: number, variants: Variants, evidence: Evidence): boolean {
  const values = variants.templates.map(({ elements }) => elements[place]);
  const words = values.filter((each) => each?.kind === ELEMENT.word);
  const different = new Set(words.map((each) => each?.text)).size;
  const isMasked = words.length < values.length;
  return different + (isMasked ? 1 : 0) >= neededValues(place, variants, evidence);
}

/** How many different values make this place a variable. */
function neededValues(place: number, { templates, places }: Variants, evidence: Evidence): number {
  const elements = templates[0]?.elements ?? [];
  const isContext = (at: number): boolean =>
    !places.includes(at) && elements[at]?.kind === ELEMENT.word;
  const context = elements.filter((_, at) => isContext(at)).length;
  const isOpening = !elements.some((_, at) => at < place && isContext(at));
  const values = templates.map((each) => each.elements[place]);
  const words = values.filter((each) => each?.kind === ELEMENT.word);
  const isMasked = words.length < values.length;
  const have = (trait: number): number =>
    words.filter((each) => ((each?.traits ?? 0) & trait) !== 0).length;
  const areNames = have(TRAIT.name) === words.length;
  if (have(TRAIT.digits) === words.length) return ONE_OTHER;
  if (isOpening && context < evidence.openingContext) return evidence.openingAlone;
  if (isMasked && context >= places.length * 2 - 1) return ONE_OTHER;
  if (isOpening) return areNames ? Math.ceil(evidence.opening / 2) : evidence.opening;
  if (isField(elements, place))
    return areNames ? Math.min(evidence.names, evidence.fields) : evidence.fields;
  if (have(TRAIT.capitals) > 0) return evidence.capitals;
  const before = wordBefore(elements, place);
  if (isHolder(before)) return ONE_OTHER;
  if (context < ENOUGH_CONTEXT) return evidence.wordsAlone;
  if (isLeader(before)) return evidence.led;
  return areNames ? evidence.names : evidence.words;
}

/** Whether punctuation stands on both sides of a place. */
function isField(elements: readonly TemplateElement[], place: number): boolean {
  const after = elements[place + 1];
  const isEnded = after === undefined || after.kind === ELEMENT.mark;
  return isEnded && elements[place - 1]?.kind === ELEMENT.mark;
}

/** The word before a place, over marks. */
function wordBefore(elements: readonly TemplateElement[], place: number): string {
  for (let at = place - 1; at >= 0; at -= 1) {
    const element = elements[at];
    if (element !== undefined && element.kind !== ELEMENT.mark) return element.text;
  }
  return '';
}
