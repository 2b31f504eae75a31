import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../../src/core/root.ts';
import { POLICY } from '../../../src/gateway/http/policy.ts';
import { startGateway } from '../../support/http-fixture.ts';
import { describe } from '../../support/suite.ts';

const FILE = join(projectRoot(), 'docs/openapi.json');

describe('OpenAPI document', (it) => {
  let document: {
    readonly paths: Readonly<
      Record<string, Readonly<Record<string, { readonly operationId: string }>>>
    >;
    readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
  };
  it.before(async () => {
    const gateway = await startGateway();
    document = (await (
      await gateway.call('/openapi.json', { as: 'none' })
    ).json()) as typeof document;
    await gateway.close();
  });

  // `WATCHKEEPER_UPDATE=true` writes the file anew after a change of the API.
  it('is the one in docs/openapi.json', async () => {
    const text = `${JSON.stringify(document, undefined, 2)}\n`;
    if (process.env['WATCHKEEPER_UPDATE'] === 'true') await writeFile(FILE, text);
    assert.deepEqual(JSON.parse(await readFile(FILE, 'utf8')), document);
  });

  it("describes every route of the policy but the dashboard's files", () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const expected = Object.keys(POLICY)
      .filter((key) => key !== 'GET /' && key !== 'GET /*')
      .map((key) => key.replace(/:([a-z]+)/g, '{$1}').replace(/\*$/, '{path}'));
    assert.deepEqual(described.sort(), expected.sort());
  });

  it('refers only to schemas that it has, and names each operation once', () => {
    const names = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/([A-Za-z]+)/g)];
    for (const [, name = ''] of names) assert.ok(name in document.components.schemas, name);
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    assert.equal(new Set(ids).size, ids.length);
  });
});
