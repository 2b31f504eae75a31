import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';

import { projectRoot } from '../../src/core/root.ts';
import { parseYaml } from '../../src/core/yaml-document.ts';
import { toPlain } from '../../src/core/yaml-node.ts';
import { BUILT_IN_DETECTORS } from '../../src/streams/detector-types.ts';
import { anomalyJsonSchema, detectorReference } from '../../src/streams/reference.ts';
import { describe } from '../support/suite.ts';
import { CONFIG_TEXT } from './support.ts';

/** Columns are padded in the file; the text is the same. */
const squeezed = (text: string): string =>
  text
    .replace(/ {2,}/g, ' ')
    .replace(/-{3,}/g, '---')
    .replace(/\| /g, '|')
    .replace(/ \|/g, '|')
    .trim();

describe('detector reference', (it) => {
  it('stands in docs/detectors.md as generated', () => {
    const docs = readFileSync(join(projectRoot(), 'docs/detectors.md'), 'utf8');
    const part = /<!-- generated: reference of detector types -->\n([^]*)<!-- end -->/.exec(docs);
    assert.equal(squeezed(part?.[1] ?? ''), squeezed(detectorReference(BUILT_IN_DETECTORS)));
  });

  it('has a JSON Schema that the shipped configuration fits', () => {
    const validate = new Ajv2020({ strict: false }).compile(anomalyJsonSchema(BUILT_IN_DETECTORS));
    assert.ok(validate(toPlain(parseYaml(CONFIG_TEXT, 'x.yaml'))), JSON.stringify(validate.errors));
    assert.ok(!validate({ anomalies: [{ type: 'error_spike', treshold: 1 }] }));
    assert.ok(!validate({}));
  });
});
