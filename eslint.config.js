import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const bannedImports = (allowed) =>
  [
    { name: 'nact', message: 'Only src/actors/kernel/ talks to nact; use its typed kernel.' },
    { name: 'uvu', message: 'Use describe() from test/support/suite.ts: it cannot forget run().' },
    { name: 'mongodb', message: 'Only src/store/ talks to MongoDB.' },
    { name: 'lmdb', message: 'Only src/store/ talks to LMDB.' },
    { name: 'ws', message: 'Only src/gateway/, src/client/ and src/sim/ open WebSockets.' },
  ].filter(({ name }) => !allowed.includes(name));

const restrictImports = (files, allowed) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { paths: bannedImports(allowed) }] },
});

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
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
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
  restrictImports(['src/actors/kernel/**'], ['nact']),
  restrictImports(['src/store/**', 'test/store/**', 'bench/**'], ['mongodb', 'lmdb', 'ws']),
  restrictImports(['src/gateway/**', 'src/client/**', 'src/sim/**'], ['ws']),
  restrictImports(["test/**"], ["ws", "lmdb", "mongodb", "uvu"]),
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
