import type { TemplateLimits } from './options.ts';
import type { ScannedLine } from './scanned-line.ts';
import type { MinerState } from './snapshot.ts';
import { elementsOf, textOf, type Template } from './template.ts';
import { templateId } from './template-id.ts';

const NONE: readonly Template[] = [];
/** Part of the templates that goes at once when there are too many, so that looking for them costs little. */
const EVICTED_AT_ONCE = 16;

/** The templates of a miner, by key, by shape and by id, within its limits. */
export class TemplateTable {
  lines = 0;
  created = 0;
  merged = 0;
  evicted = 0;
  readonly #limits: TemplateLimits;
  readonly #byKey = new Map<number, Template>();
  readonly #byShape = new Map<number, Template[]>();
  readonly #byId = new Map<string, Template>();
  #size = 0;

  constructor(limits: TemplateLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** The template that lines like this one went to before. */
  find(scanned: ScannedLine): Template | undefined {
    return this.#byKey.get(scanned.key);
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
      keys: [],
      aliases: [],
    };
    this.created += 1;
    this.#insert(template);
    this.remember(scanned.key, template);
    return template;
  }

  /** Lines with this key go to the template from now on. */
  remember(key: number, template: Template): void {
    const before = this.#byKey.get(key);
    if (before === template) return;
    if (before !== undefined) before.keys.splice(before.keys.indexOf(key), 1);
    this.#byKey.set(key, template);
    template.keys.push(key);
    if (template.keys.length > this.#limits.maxVariants) {
      const oldest = template.keys.shift();
      if (oldest !== undefined) this.#byKey.delete(oldest);
    }
  }

  /** `from` is part of `into` from now on, under the id of `into`. */
  join(into: Template, from: Template): void {
    this.#take(from);
    this.merged += 1;
    into.count += from.count;
    into.lastLine = Math.max(into.lastLine, from.lastLine);
    for (const key of [...from.keys]) this.remember(key, into);
    for (const id of [...from.aliases, from.id]) {
      this.#byId.set(id, into);
      into.aliases.push(id);
    }
    while (into.aliases.length > this.#limits.maxVariants) {
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
      for (const key of template.keys) this.#byKey.set(key, template);
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
    for (const key of template.keys) this.#byKey.delete(key);
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
