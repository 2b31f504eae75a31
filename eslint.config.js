import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import globals from 'globals';
import * as rxjs from 'rxjs';
import tseslint from 'typescript-eslint';

const bannedImports = (allowed) =>
  [
    { name: 'nact', message: 'Only src/actors/kernel/ talks to nact; use its typed kernel.' },
    { name: 'uvu', message: 'Use describe() from test/support/suite.ts: it cannot forget run().' },
    { name: 'mongodb', message: 'Only src/store/ talks to MongoDB.' },
    { name: 'lmdb', message: 'Only src/store/ talks to LMDB.' },
    { name: 'ws', message: 'Only src/gateway/, src/client/ and src/sim/ open WebSockets.' },
  ].filter(({ name }) => !allowed.includes(name));

const restrictImports = (files, allowed, more = []) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { paths: [...bannedImports(allowed), ...more] }] },
});

/** What the hot path may take from RxJS: synchronous, and each holds at most one value. */
const FINITE_RXJS = [
  ...['Observable', 'Subject', 'distinctUntilChanged', 'filter', 'finalize', 'first', 'map', 'of'],
  ...[
    'pairwise',
    'pipe',
    'scan',
    'skip',
    'startWith',
    'take',
    'takeWhile',
    'tap',
    'withLatestFrom',
  ],
];
const OWN_CLOCK =
  /^(animationFrame|asap|async|queue)|audit|debounce|delay|interval|sampleTime|throttle|time|Time|Scheduler$/;
const UNBOUNDED =
  /merge|concat|switch|exhaust|flatMap|expand|buffer|window|groupBy|share|replay|Replay|publish|multicast|zip|combine|toArray|^connect|^mergeScan|takeLast|skipLast|retry|repeat/i;
const RXJS_RULES = [
  ['It brings a clock of its own: time reaches a stream as data (`DeadlineInput`).', OWN_CLOCK],
  ['It can buffer, or hold subscriptions, without bound: fold into the state instead.', UNBOUNDED],
  ['It is not among the synchronous, finite operators that eslint.config.js lists.', /./],
];

/** Every export of RxJS but the finite ones, with the first reason that fits. */
const restrictRxjs = () => {
  const rest = Object.keys(rxjs).filter((name) => !FINITE_RXJS.includes(name));
  const reasonOf = (name) => RXJS_RULES.findIndex(([, names]) => names.test(name));
  const inside = ['rxjs/operators', 'rxjs/ajax', 'rxjs/fetch', 'rxjs/webSocket'].map((name) => ({
    name,
    message: "Import from 'rxjs', where the hot path's rule sees each name.",
  }));
  const named = RXJS_RULES.map(([message], reason) => ({
    name: 'rxjs',
    importNames: rest.filter((name) => reasonOf(name) === reason),
    message,
  }));
  return [...named, ...inside];
};

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/', 'data/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.recommended],
    languageOptions: {
      parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      'max-params': ['error', 3],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        { selector: 'ExportAllDeclaration', message: 'Name what you re-export.' },
        { selector: 'TSEnumDeclaration', message: 'Use a closed union instead of an enum.' },
      ],
    },
  },
  restrictImports(['**/*.ts', '**/*.tsx'], []),
  restrictImports(['src/streams/**', 'src/actors/**'], [], restrictRxjs()),
  restrictImports(['src/actors/kernel/**'], ['nact'], restrictRxjs()),
  restrictImports(['src/store/**', 'test/store/**', 'bench/**'], ['mongodb', 'lmdb', 'ws']),
  restrictImports(['src/gateway/**', 'src/client/**', 'src/sim/**'], ['ws']),
  restrictImports(['test/**'], ['ws', 'lmdb', 'mongodb', 'uvu']),
  {
    files: ['test/**', 'bench/**'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['**/*.js', '**/*.mjs', 'watchkeeper'], languageOptions: { globals: globals.node } },
  { files: ['eslint.config.js'], rules: { 'no-restricted-syntax': 'off' } },
  prettier,
);
