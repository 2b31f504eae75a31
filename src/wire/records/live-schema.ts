import { loadLogSchema, type LogSchema } from './schema.ts';

/**
 * The log schema in force on a site: a schema whose content changes under
 * those who hold it. Its changes are commands in the journal, so that a replay
 * reads every record under the schema that it was first read under.
 */
export class LiveSchema implements LogSchema {
  readonly #fileName: string;
  #current: LogSchema;
  #text: string;

  /** @throws CONFIG_INVALID */
  constructor(text: string, fileName: string) {
    this.#fileName = fileName;
    this.#current = loadLogSchema(text, fileName);
    this.#text = text;
  }

  /** Another array after each change. */
  get rules(): LogSchema['rules'] {
    return this.#current.rules;
  }

  get own(): LogSchema['own'] {
    return this.#current.own;
  }

  get numbers(): LogSchema['numbers'] {
    return this.#current.numbers;
  }

  get tests(): LogSchema['tests'] {
    return this.#current.tests;
  }

  /** The text that it was read from. */
  get text(): string {
    return this.#text;
  }

  /** Puts another schema in force. @throws CONFIG_INVALID, and the one before stays */
  use(text: string): void {
    if (text === this.#text) return;
    this.#current = loadLogSchema(text, this.#fileName);
    this.#text = text;
  }
}
