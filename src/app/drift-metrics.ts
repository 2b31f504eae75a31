import type { Metrics } from '../core/metrics.ts';
import type { SchemaDrift } from '../wire/records/drift.ts';

/** Drift of the log schema as totals by kind; which service and field is in `GET /v1/schema/drift`. */
export function publishDrift(drift: SchemaDrift, metrics: Pick<Metrics, 'observed'>): void {
  metrics.observed(
    'watchkeeper_schema_unknown_fields',
    'Fields of records that the log schema does not name, since the start.',
    () => drift.total('unknown'),
  );
  metrics.observed(
    'watchkeeper_schema_mistyped_fields',
    'Fields of records with a value of another type than the log schema says, since the start.',
    () => drift.total('type'),
  );
  metrics.observed(
    'watchkeeper_schema_missing_fields',
    'Fields that records of a service used to have and lacked, since the start.',
    () => drift.total('missing'),
  );
}
