import { WatchkeeperError } from '../../../core/errors.ts';

/** Where a pattern is being read. */
export class PatternCursor {
  readonly #text: string;
  #index = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isDone(): boolean {
    return this.#index >= this.#text.length;
  }

  /** The character here; '' at the end. */
  peek(): string {
    return this.#text[this.#index] ?? '';
  }

  skip(count: number): void {
    this.#index += count;
  }

  /** Steps over the character if it is the one here. */
  take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.#index += 1;
    return true;
  }

  /** Steps over what a sticky expression finds here. */
  match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#index;
    const found = expression.exec(this.#text);
    if (found === null) return undefined;
    this.#index += found[0].length;
    return found;
  }

  /** An error that shows where in the pattern it is. */
  error(message: string, fix?: string): WatchkeeperError {
    const near = this.#text.slice(Math.max(0, this.#index - 20), this.#index + 20);
    return new WatchkeeperError(
      'CONFIG_INVALID',
      `${message} (at character ${this.#index + 1} of the pattern, near ${JSON.stringify(near)})`,
      fix === undefined ? {} : { fix },
    );
  }
}
