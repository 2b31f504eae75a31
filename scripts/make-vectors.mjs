// Writes docs/vectors/protocol-v1.json from the code; a test compares the two.
// Usage: node --import tsx scripts/make-vectors.mjs
import { writeFileSync } from 'node:fs';
import { vectorsText } from '../test/wire/protocol-vectors.ts';

writeFileSync(new URL('../docs/vectors/protocol-v1.json', import.meta.url), vectorsText());
