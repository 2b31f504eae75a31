import type { Redactor } from '../security/redaction/redactor.ts';
import type { SchemaDrift } from '../wire/records/drift.ts';
import type { LogSchema } from '../wire/records/schema.ts';

/** What records that come in are held to, by whichever way they come. */
export interface RecordRules {
  readonly schema: LogSchema;
  readonly drift?: SchemaDrift;
  /** Takes out what may not be stored, before anything is journalled. */
  readonly redactor?: Pick<Redactor, 'record'>;
}
