import type { TemplateLimits } from './options.ts';
import type { ScannedLine } from './scanned-line.ts';
import { foldedKey, foldSegment, segmentsOf, type Segment } from './segments.ts';
import type { MinerState } from './snapshot.ts';
import { elementsOf, textOf, type Route, type Template } from './template.ts';
import { templateId } from './template-id.ts';

const NONE: readonly Template[] = [];
/** No segment: the line is taken as it is. */
export const WHOLE: Segment = { start: 0, length: 0 };
/** Former ids that a template answers to. */
const MAX_ALIASES = 256;
/** Part of the templates that goes at once when there are too many, so that looking for them costs little. */
const EVICTED_AT_ONCE = 16;

/** The templates of a miner, by key, by shape and by id, within its limits. */
export class TemplateTable {
  lines = 0;
  created = 0;
  merged = 0;
  evicted = 0;
  /** How often a key that led to a template came to lead elsewhere, or nowhere. */
  moves = 0;
  readonly #limits: TemplateLimits;
  readonly #byKey = new Map<number, Template>();
  readonly #segments = new Map<number, Segment>();
  readonly #byShape = new Map<number, Template[]>();
  readonly #byId = new Map<string, Template>();
  #size = 0;

  constructor(limits: TemplateLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** The template that lines like this one went to before; folds the line as it was folded then. */
  find(scanned: ScannedLine): Template | undefined {
    const template = this.#byKey.get(scanned.key);
    if (template === undefined || template.elements.length === scanned.count) return template;
    const segment = this.#segments.get(scanned.key);
    if (segment !== undefined && isWithin(segment, scanned, template))
      foldSegment(scanned, segment);
    return template;
  }

  /** The template of lines that have a plain value where this one has a segment; folds the line. */
  findFolded(scanned: ScannedLine): Template | undefined {
    for (const segment of segmentsOf(scanned)) {
      const template = this.#byKey.get(foldedKey(scanned, segment));
      if (template?.elements.length !== scanned.count - segment.length + 1) continue;
      this.remember({ key: scanned.key, segment }, template);
      foldSegment(scanned, segment);
      return template;
    }
    return undefined;
  }

  /** The template that a key leads to. */
  under(key: number): Template | undefined {
    return this.#byKey.get(key);
  }

  bucket(shape: number): readonly Template[] {
    return this.#byShape.get(shape) ?? NONE;
  }

  resolve(id: string): string | undefined {
    return this.#byId.get(id)?.id;
  }

  all(): readonly Template[] {
    return [...this.#byShape.values()].flat().toSorted((a, b) => a.serial - b.serial);
  }

  /** A new template that stands for this line. */
  add(scanned: ScannedLine): Template {
    this.#makeRoom(scanned.shape);
    const elements = elementsOf(scanned);
    const text = textOf({ elements, text: '' });
    const template: Template = {
      id: this.#freeId(text),
      serial: this.created,
      shape: scanned.shape,
      elements,
      count: 0,
      lastLine: this.lines,
      text,
      routes: [],
      aliases: [],
    };
    this.created += 1;
    this.#insert(template);
    this.remember({ key: scanned.key, segment: WHOLE }, template);
    return template;
  }

  /** Lines with this key go to the template from now on. */
  remember(route: Route, template: Template): void {
    const before = this.#byKey.get(route.key);
    if (before === template) return;
    if (before !== undefined) {
      this.moves += 1;
      const at = before.routes.findIndex(({ key }) => key === route.key);
      before.routes.splice(at, 1);
    }
    this.#addRoute(route, template);
    template.routes.push(route);
    if (template.routes.length > this.#limits.maxVariants) {
      const oldest = template.routes.shift();
      if (oldest !== undefined) this.#dropRoute(oldest);
    }
  }

  #addRoute({ key, segment }: Route, template: Template): void {
    this.#byKey.set(key, template);
    if (segment.length > 0) this.#segments.set(key, segment);
    else this.#segments.delete(key);
  }

  #dropRoute({ key }: Route): void {
    this.moves += 1;
    this.#byKey.delete(key);
    this.#segments.delete(key);
  }

  /** `from` is part of `into` from now on, under the id of `into`. */
  join(into: Template, from: Template): void {
    this.#take(from);
    this.merged += 1;
    into.count += from.count;
    into.lastLine = Math.max(into.lastLine, from.lastLine);
    for (const route of [...from.routes]) this.remember(route, into);
    for (const id of [...from.aliases, from.id]) {
      this.#byId.set(id, into);
      into.aliases.push(id);
    }
    while (into.aliases.length > MAX_ALIASES) {
      const oldest = into.aliases.shift();
      if (oldest !== undefined) this.#byId.delete(oldest);
    }
  }

  /** Takes over what another table held. */
  restore({ lines, created, merged, evicted, templates }: MinerState): void {
    this.lines = lines;
    this.created = created;
    this.merged = merged;
    this.evicted = evicted;
    for (const template of templates) {
      this.#insert(template);
      for (const id of template.aliases) this.#byId.set(id, template);
      for (const route of template.routes) this.#addRoute(route, template);
    }
  }

  #insert(template: Template): void {
    const bucket = this.#byShape.get(template.shape);
    if (bucket === undefined) this.#byShape.set(template.shape, [template]);
    else bucket.push(template);
    this.#byId.set(template.id, template);
    this.#size += 1;
  }

  #take(template: Template): void {
    const bucket = this.#byShape.get(template.shape) ?? [];
    bucket.splice(bucket.indexOf(template), 1);
    if (bucket.length === 0) this.#byShape.delete(template.shape);
    this.#size -= 1;
  }

  #forget(template: Template): void {
    this.#take(template);
    for (const route of template.routes) this.#dropRoute(route);
    for (const id of [template.id, ...template.aliases]) this.#byId.delete(id);
    this.evicted += 1;
  }

  #makeRoom(shape: number): void {
    const siblings = this.bucket(shape);
    if (siblings.length >= this.#limits.maxSiblings) this.#forgetOldest(siblings);
    if (this.#size >= this.#limits.maxTemplates) this.#forgetOldest(this.all());
  }

  #forgetOldest(templates: readonly Template[]): void {
    const number = Math.ceil(templates.length / EVICTED_AT_ONCE);
    const byAge = templates.toSorted((a, b) => a.lastLine - b.lastLine);
    for (const template of byAge.slice(0, number)) this.#forget(template);
  }

  #freeId(text: string): string {
    for (let attempt = 0; ; attempt += 1) {
      const id = templateId(text, attempt);
      if (!this.#byId.has(id)) return id;
    }
  }
}

/** A snapshot from elsewhere can hold any numbers. */
function isWithin({ start, length }: Segment, { count }: ScannedLine, template: Template): boolean {
  return start >= 0 && start + length <= count && count - length + 1 === template.elements.length;
}
