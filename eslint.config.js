import js from '@eslint/js';
import globals from 'globals';
import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Who may import whom: the picture in CONTRIBUTING.md, kept true by the linter. */
const layers = [
  {
    target: './src/core',
    from: ['./src/engine', './src/jobs', './src/platform', './src/app', './workers', './runner'],
  },
  {
    target: './src/engine',
    from: ['./src/jobs', './src/platform', './src/app', './workers', './runner'],
  },
  { target: './src/jobs', from: ['./src/platform', './src/app', './workers', './runner'] },
  {
    target: './src/platform',
    from: ['./src/engine', './src/jobs', './src/app', './workers', './runner'],
  },
  { target: './src/platform/browser', from: './src/platform/node' },
  { target: './src/platform/node', from: './src/platform/browser' },
  { target: './src/app', from: ['./src/engine', './runner', './src/platform/node'] },
  { target: './workers', from: ['./src/app', './runner', './src/platform/node'] },
  { target: './runner', from: ['./src/app', './workers', './src/platform/browser'] },
];

const seeded = 'Results depend on one seed: use src/core/random.';
const clocked = 'Results never depend on the time: take a Clock as an argument.';

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'test-results/', 'playwright-report/', '.cache/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'no-undef': 'off',
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: layers.map((zone) => ({
            ...zone,
            message: 'This import breaks the layering (CONTRIBUTING.md).',
          })),
        },
      ],
      'import-x/no-default-export': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: seeded },
        { object: 'Date', property: 'now', message: clocked },
        { object: 'performance', property: 'now', message: clocked },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'RTCPeerConnection', message: 'A channel out of the page (docs/privacy.md).' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.property.name="dataSync"]',
          message: 'dataSync blocks and fails on Node with WebGPU: await data().',
        },
      ],
      'svelte/no-at-html-tags': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'workers/**/*.ts', 'runner/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
    },
  },
  {
    files: ['src/core/**/*.ts', 'src/engine/**/*.ts', 'src/jobs/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'RTCPeerConnection', message: 'A channel out of the page (docs/privacy.md).' },
        ...['window', 'document', 'navigator', 'localStorage', 'process', 'Buffer', 'require'].map(
          (name) => ({ name, message: 'core, engine and jobs know neither the page nor Node.' }),
        ),
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    files: ['tests/journeys/**/*.ts'],
    ignores: ['tests/journeys/page.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@playwright/test',
              allowTypeImports: true,
              message: 'A journey begins with ./page.ts, which records every request.',
            },
          ],
        },
      ],
    },
  },
  {
    // The clock itself, and programs whose output is time.
    files: ['src/platform/*/clock.ts', 'scripts/**', 'tests/**', '**/*.test.ts', 'bench/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['*.config.{js,ts}', '**/*.svelte', '**/*.d.ts'],
    rules: { 'import-x/no-default-export': 'off' },
  },
);
