import { optionsReference } from '../core/options.ts';
import type { JsonSchema } from '../core/options.ts';
import type { DetectorType } from './define-detector.ts';

/** Reference of detector types in Markdown: what each finds, and its options. */
export function detectorReference(types: readonly DetectorType[]): string {
  return types
    .map(({ type, doc, subjects, severity, action, options }) =>
      [
        `### ${type}`,
        doc,
        `Subjects: ${subjects.join(', ')}. Severity: ${severity}. Action: ${action}.`,
        optionsReference(options),
      ].join('\n\n'),
    )
    .join('\n\n');
}

/** JSON Schema (2020-12) of `config/anomaly_schema.yaml`, for editors and the API. */
export function anomalyJsonSchema(types: readonly DetectorType[]): JsonSchema {
  const entry = { oneOf: types.map(({ jsonSchema }) => jsonSchema) };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      anomalies: {
        oneOf: [
          { type: 'array', items: entry },
          { type: 'object', additionalProperties: { type: 'object' } },
        ],
      },
      expected_services: { type: 'array', items: { type: 'string' } },
      max_services: { type: 'integer', minimum: 1, maximum: 1_000_000 },
      tests: { type: 'array', items: { type: 'object' } },
    },
    required: ['anomalies'],
    additionalProperties: false,
  };
}
