import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';

import { createDashboardAssets } from '../../../src/gateway/dashboard/assets.ts';
import { PackedFiles } from '../../../src/gateway/http/packed.ts';
import { describe } from '../../support/suite.ts';

describe('compressed files', (it) => {
  const body = Buffer.from('watchkeeper '.repeat(200));

  it('are given to readers that take gzip, and made once', () => {
    const files = new PackedFiles();
    for (const accepts of ['gzip', 'br, gzip', 'gzip;q=0.5, br', 'GZIP ; q=1.0', 'deflate,gzip']) {
      const packed = files.gzip(body, accepts);
      assert.ok(packed !== undefined, accepts);
      assert.deepEqual(gunzipSync(packed), body);
      assert.equal(files.gzip(body, accepts), packed);
    }
  });

  it('are not given to others, nor for small files', () => {
    const files = new PackedFiles();
    for (const accepts of [undefined, '', 'br', 'gzip;q=0', 'gzip; q=0.000', 'xgzip', 'identity']) {
      assert.equal(files.gzip(body, accepts), undefined, accepts);
    }
    assert.equal(files.gzip(body.subarray(0, 1023), 'gzip'), undefined);
    assert.ok(files.gzip(body.subarray(0, 1024), 'gzip') !== undefined);
  });

  it('make the dashboard less than half as large', async () => {
    const assets = await createDashboardAssets();
    const app = assets.get('/assets/app.js')?.body ?? Buffer.alloc(0);
    const packed = new PackedFiles().gzip(app, 'gzip');
    assert.ok(
      packed !== undefined && packed.length < app.length / 2,
      `${packed?.length} of ${app.length}`,
    );
  });
});
