import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { projectRoot } from '../../../src/core/root.ts';
import { parseYaml } from '../../../src/core/yaml-document.ts';
import { compileDetectors } from '../../../src/streams/detector-set.ts';
import { loadLogSchema } from '../../../src/wire/records/schema.ts';
import { textMutators } from '../mutators/text.ts';
import type { FuzzTarget } from '../target.ts';

const MARKS = [
  ...[
    '- ',
    ': ',
    '\n',
    '\n  ',
    '&a ',
    '*a',
    '!!binary ',
    '? ',
    '|',
    '>-',
    '#',
    '---\n',
    '...',
    '%YAML 1.1\n',
  ],
  ...[
    '<<: ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '~',
    '.inf',
    '0o17',
    '__proto__: ',
    '!!js/function ',
    '\t',
  ],
];
/** The YAML library needs about 2 µs for a character, and nobody but the operator gives it any. */
const OPERATORS = { quotes: true, maxBytes: 16_384, patience: 10 } as const;
const text = (input: Uint8Array): string => Buffer.from(input).toString();

function file(name: string): string {
  return readFileSync(join(projectRoot(), 'config', name), 'utf8');
}

/** What any file of the configuration goes through; a message quotes what is wrong. */
export const yaml: FuzzTarget = {
  seeds: [
    'a: 1\nb: [x, {y: z}]\nc: &n {d: *n}\n',
    'a: &x [1]\nb: *x\n',
    '- |\n  text\n- >-\n  more\n',
    '"q": \'s\'\n',
  ],
  mutators: textMutators(MARKS),
  dictionary: MARKS,
  ...OPERATORS,
  run: (input) => parseYaml(text(input), 'file.yaml'),
};

export const logSchema: FuzzTarget = {
  seeds: [file('log_schema.yaml')],
  mutators: textMutators([
    ...MARKS,
    'type: ',
    'required: true',
    'max_length: ',
    'values: ',
    'vital: true',
  ]),
  ...OPERATORS,
  run: (input) => loadLogSchema(text(input), 'log_schema.yaml').rules.length,
};

export const anomalySchema: FuzzTarget = {
  seeds: [
    file('anomaly_schema.yaml').slice(0, 4_000),
    'anomalies:\n  - id: error_spike\n    threshold: 5\n',
  ],
  mutators: textMutators([
    ...MARKS,
    'window: 5m',
    'threshold: ',
    'type: error_spike',
    'pattern: "(a+)+$"',
  ]),
  ...OPERATORS,
  run: (input) => compileDetectors(text(input), 'anomaly_schema.yaml').hash,
};
