/**
 * The first characters of what `JSON.stringify` gives for a value as JSON has
 * them; costs as many steps as it gives characters, however large the value.
 */
export function clippedJson(value: unknown, length: number): string {
  const writer = new Writer(length);
  writer.value(value);
  return writer.text.length > length ? writer.text.slice(0, length) : writer.text;
}

class Writer {
  readonly #length: number;
  text = '';

  constructor(length: number) {
    this.#length = length;
  }

  value(value: unknown): void {
    if (typeof value === 'string') this.#string(value);
    else if (Array.isArray(value)) this.#list(value);
    else if (typeof value === 'object' && value !== null) this.#map(value);
    else this.text += JSON.stringify(value) ?? 'null';
  }

  get #isFull(): boolean {
    return this.text.length >= this.#length;
  }

  #string(value: string): void {
    const left = this.#length - this.text.length;
    // What is cut off inside a pair of surrogates would be written as an escape, beyond the end.
    this.text += JSON.stringify(value.length > left + 1 ? value.slice(0, left + 1) : value);
  }

  #list(items: readonly unknown[]): void {
    this.text += '[';
    for (let index = 0; index < items.length && !this.#isFull; index += 1) {
      if (index > 0) this.text += ',';
      this.value(items[index]);
    }
    this.text += ']';
  }

  #map(map: object): void {
    this.text += '{';
    let joint = '';
    for (const key of Object.keys(map)) {
      if (this.#isFull) break;
      const value = (map as Readonly<Record<string, unknown>>)[key];
      if (value === undefined) continue;
      this.text += joint;
      joint = ',';
      this.#string(key);
      this.text += ':';
      this.value(value);
    }
    this.text += '}';
  }
}
