import { csvJoiner, csvParser } from '../../../src/cli/import/csv.ts';
import { parseCsv } from '../../../src/cli/templates/csv.ts';
import { loadRedaction } from '../../../src/security/redaction/rules.ts';
import { decodeImport, encodeImport } from '../../../src/wire/import-body.ts';
import { loadParserConfig } from '../../../src/wire/parsers/config/parser-config.ts';
import { createLineJoiner } from '../../../src/wire/parsers/source/line-joiner.ts';
import { textMutators } from '../mutators/text.ts';
import { MARKER, type FuzzTarget } from '../target.ts';

const text = (input: Uint8Array): string => Buffer.from(input).toString();
const receivedAt = Date.UTC(2026, 0, 1, 12);
const payload = new Uint8Array(Buffer.from(MARKER));
/** Only the operator writes files of the configuration. */
const OPERATORS = { quotes: true, maxBytes: 16_384, patience: 10 } as const;

/** The body of `POST /v1/import` with pieces. */
export const importBody: FuzzTarget = {
  seeds: [
    encodeImport([{ to: 7, check: 'abcdef', payload }]),
    encodeImport([
      { to: 1, check: '', payload: new Uint8Array() },
      { to: 2 ** 40, check: 'x'.repeat(255), payload },
    ]),
  ],
  run: (input) => decodeImport(input),
};

const ROWS = [
  'a,b\n1,2\n"x\ny",3\n',
  `time;level;msg\n2026-01-01;error;"${MARKER}, ""q"""\n`,
  'a\tb\n1\t2\n',
];

/** Files of columns: rows are joined, then read under the names of the first, by whoever imports them and nobody else. */
export const csv: FuzzTarget = {
  patience: 6,
  seeds: ROWS,
  mutators: textMutators([',', ';', '\t', '"', '""', '\n', '\r\n', '\uFEFF']),
  run: (input) => {
    const joiner = csvJoiner();
    const lines = text(input).split('\n');
    const rows = lines.flatMap((line) => joiner.push(line) ?? []);
    rows.push(...[joiner.flush() ?? []].flat());
    const parser = csvParser(rows[0] ?? '');
    for (const row of rows) parser?.parse(row, { receivedAt });
    return parseCsv(text(input)).length;
  },
};

/** Lines of a source, joined as stack traces are. */
export const joinedLines: FuzzTarget = {
  seeds: [
    'ERROR x\njava.lang.IllegalStateException: y\n\tat a.B(C.java:1)\nCaused by: z\n',
    'Traceback (most recent call last):\n  File "a.py"\nValueError: 3\n',
  ],
  mutators: textMutators(['\n', ' ', '\t', 'Caused by: ', 'a.b.', 'Error', ':', '}', '$']),
  run: (input) => {
    const joiner = createLineJoiner();
    const lines = text(input).split('\n');
    const found = lines.flatMap((line) => joiner.push(line) ?? []);
    found.push(...[joiner.flush() ?? []].flat());
    if (found.join('\n') !== lines.join('\n')) throw new Error('A line was lost or changed.');
    return found.length;
  },
};

const PARSERS = `patterns:
  WHO: '[a-z]+'
parsers:
  own: { match: '^%{NUMBER:n:int} %{WHO:user_id} %{GREEDYDATA:message}$', service: own }
sources:
  default:
    parsers: [own, auto]
    filters:
      - grok: { field: message, match: ['(?<code>E\\d+)', '^x'] }
      - rename: { code: error_code }
      - drop: true
        when: { field: n, equals: 7 }
`;

/** `config/parsers.yaml`, and a line that is read as it says. */
export const parserConfig: FuzzTarget = {
  seeds: [PARSERS, 'sources: {}\n'],
  mutators: textMutators([
    '(',
    ')*',
    '+',
    '{1,9}',
    '|',
    '[^a]',
    '%{WHO}',
    '%{',
    '\\b',
    ': ',
    '- ',
    '\n',
  ]),
  ...OPERATORS,
  run: (input) => {
    const source = loadParserConfig(text(input), 'parsers.yaml').createSource('default');
    return source.parse('12 ann E7 failed', receivedAt).parser;
  },
};

/** `config/redaction.yaml`. */
export const redactionRules: FuzzTarget = {
  seeds: [
    'redaction:\n  kinds: { email: keep, card: remove }\n  user_id: pseudonym\n  secret_names: [badge]\n',
  ],
  mutators: textMutators(['kinds: ', 'secret_names: ', 'keep', '[', ']', '{', '}', ': ', '\n']),
  ...OPERATORS,
  run: (input) => loadRedaction(text(input), 'redaction.yaml').secretNames.length,
};
