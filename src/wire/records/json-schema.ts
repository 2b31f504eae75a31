import type { FieldRule, LogSchema } from './schema.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

const OMITTED_BY_VITALS = new Set(['level', 'service', 'message']);

/** JSON Schema (2020-12) of one record as HTTP takes it, for the API's documentation. */
export function recordJsonSchema({ rules }: LogSchema): JsonSchema {
  const required = rules.filter((rule) => rule.required).map(({ name }) => name);
  const ofVitals = required.filter((name) => !OMITTED_BY_VITALS.has(name));
  const vitals = rules.filter(({ vital }) => vital).map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(rules.map((rule) => [rule.name, property(rule)])),
    anyOf: [{ required }, ...vitals.map((name) => ({ required: [...ofVitals, name] }))],
    additionalProperties: { description: 'Kept under `attributes`.' },
  };
}

function property(rule: FieldRule): JsonSchema {
  const units = rule.units === undefined ? '' : ` In ${rule.units}.`;
  return { ...typeOf(rule), description: `${rule.description}${units}` };
}

function typeOf({ type, maxLength, min, max }: FieldRule): JsonSchema {
  switch (type) {
    case 'timestamp':
      return { oneOf: [{ type: 'number' }, { type: 'string', format: 'date-time' }] };
    case 'level':
      return { oneOf: [{ type: 'string' }, { type: 'integer', minimum: 1, maximum: 24 }] };
    case 'name':
      return { type: 'string', maxLength, pattern: '^[A-Za-z0-9._@:-]+$' };
    case 'text':
      return { type: 'string', maxLength };
    case 'boolean':
      return { type: 'boolean' };
    case 'map':
      return { type: 'object' };
    case 'number':
    case 'integer': {
      const least = min === -Infinity ? {} : { minimum: min };
      return { type, ...least, ...(max === Infinity ? {} : { maximum: max }) };
    }
  }
}
