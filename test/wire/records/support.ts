import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { projectRoot } from '../../../src/core/root.ts';
import { loadLogSchema } from '../../../src/wire/records/schema.ts';

const FILE = 'config/log_schema.yaml';

export const SCHEMA_TEXT = readFileSync(join(projectRoot(), FILE), 'utf8');
export const SCHEMA = loadLogSchema(SCHEMA_TEXT, FILE);

export const NOW = Date.UTC(2026, 0, 1, 12);

/** A wire record with what the test is not about filled in. */
export function wire(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { timestamp: NOW, level: 'INFO', service: 'payment', message: 'Paid.', ...fields };
}
