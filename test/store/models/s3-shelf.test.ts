import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/clock.ts';
import { openS3Shelf } from '../../../src/store/models/s3-shelf.ts';
import { s3Settings } from '../../../src/store/models/s3-settings.ts';
import { signedHeaders } from '../../../src/store/models/sign-request.ts';
import {
  anArtefact,
  registryContract,
  registryOn,
  WHO,
} from '../../ml/registry/registry-contract.ts';
import { S3_KEYS, startS3Server, type S3Server } from '../../support/s3-server.ts';
import { describe } from '../../support/suite.ts';

const open = (url: string, keys = S3_KEYS) =>
  openS3Shelf({ url, keys, region: 'eu-central-1', clock: systemClock, pollMs: 20 });

describe('models in S3', (it) => {
  registryContract(it, async () => {
    // Pages of two, so that every listing has several.
    const server = await startS3Server({ page: 2 });
    const [first, second] = [await open(server.url), await open(server.url)];
    const newest = (name: string): string => {
      const versions = [...server.objects.keys()]
        .map((key) => Number(new RegExp(`^site/stages/${name}\\.(\\d+)\\.json$`).exec(key)?.[1]))
        .filter((version) => version > 0);
      return `site/stages/${name}.${Math.max(1, ...versions)}.json`;
    };
    return {
      first,
      second,
      putText: (name, text) => {
        const key = newest(name);
        const [, version = '1'] = /\.(\d+)\.json$/.exec(key) ?? [];
        server.objects.set(key.replace(/\d+\.json$/, `${Number(version) + 1}.json`), {
          body: Buffer.from(text),
          at: Date.now(),
        });
        return Promise.resolve();
      },
      spoilBlob: (id) => {
        const body = Buffer.from(anArtefact(99).bytes);
        server.objects.set(`site/artefacts/${id}.wkm`, { body, at: Date.now() });
        return Promise.resolve();
      },
      close: async () => {
        assert.deepEqual(server.refused, []);
        await server.close();
      },
    };
  });
});

describe('a shelf of models in S3', (it) => {
  let server: S3Server;
  it.beforeEach(async () => {
    server = await startS3Server();
  });
  it.afterEach(() => server.close());

  it('keeps 32 versions of the stages, and refuses one that is older than these', async () => {
    const shelf = await open(server.url);
    for (let seen = 0; seen < 40; seen += 1) {
      assert.equal(await shelf.replace('text', String(seen), seen), seen + 1);
    }
    const keys = [...server.objects.keys()];
    assert.equal(keys.length, 32);
    assert.equal(await shelf.replace('text', 'late', 3), undefined);
    assert.deepEqual([...server.objects.keys()], keys);
    assert.deepEqual(await shelf.read('text'), { text: '39', version: 40 });
  });

  it('leaves nothing of its probe', async () => {
    await open(server.url);
    assert.equal(server.objects.size, 0);
  });

  it('refuses a store that overwrites in spite of the condition', async () => {
    const careless = await startS3Server({ overwrites: true });
    await assert.rejects(open(careless.url), { code: 'PREREQUISITE_MISSING' });
    assert.equal(careless.objects.size, 0);
    await careless.close();
  });

  it('says when its keys are not taken, and never what they are', async () => {
    for (const keys of [
      { ...S3_KEYS, secretKey: 'other' },
      { ...S3_KEYS, accessKey: 'NOBODY' },
    ])
      await assert.rejects(
        open(server.url, keys),
        (error: Error & { code?: string; fix?: string }) => {
          assert.equal(error.code, 'STORE_FAILED');
          assert.match(error.message, /403 (SignatureDoesNotMatch|AccessDenied)/);
          assert.match(error.fix ?? '', /AWS_ACCESS_KEY_ID/);
          assert.ok(!error.message.includes(keys.secretKey));
          return true;
        },
      );
  });

  it('signs the token of temporary keys', async () => {
    const shelf = await open(server.url, { ...S3_KEYS, sessionToken: 'of an hour' });
    await registryOn(shelf).put(anArtefact(1).bytes, WHO);
    assert.deepEqual(server.refused, []);
  });

  it('says when the store is away or fails', async () => {
    const failing = await startS3Server({ status: 503 });
    await assert.rejects(open(failing.url), { code: 'STORE_FAILED', message: /503 SlowDown/ });
    const { url } = failing;
    await failing.close();
    await assert.rejects(open(url), { code: 'STORE_FAILED' });
  });

  it('refuses an object that is larger than an artefact may be', async () => {
    const shelf = await open(server.url);
    server.objects.set('site/stages/x.1.json', { body: Buffer.alloc(1024 * 1024 + 1), at: 0 });
    await assert.rejects(shelf.read('x'), { code: 'MODEL_INVALID' });
  });

  it('refuses addresses that are none', async () => {
    for (const url of [
      '',
      'bucket',
      'ftp://host/bucket',
      'https://host',
      'https://a:b@host/bucket',
      'https://host/bucket/a b',
    ])
      await assert.rejects(open(url), { code: 'CONFIG_INVALID' }, url);
  });
});

describe('the settings of models in S3', (it) => {
  const whole = {
    WATCHKEEPER_S3_URL: 'https://host/bucket',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 's',
  };

  it('are those that other tools read', () => {
    assert.deepEqual(s3Settings(whole), {
      ...{ url: 'https://host/bucket', region: 'us-east-1' },
      keys: { accessKey: 'a', secretKey: 's' },
    });
    const more = s3Settings({ ...whole, AWS_REGION: 'r', AWS_SESSION_TOKEN: 't' });
    assert.deepEqual([more.region, more.keys.sessionToken], ['r', 't']);
  });

  it('must be whole', () => {
    for (const name of Object.keys(whole))
      assert.throws(() => s3Settings({ ...whole, [name]: '' }), { code: 'CONFIG_MISSING' });
  });
});

describe('the signature of a request to S3', (it) => {
  // The examples that AWS publishes with the description of Signature Version 4 for S3.
  const keys = {
    accessKey: 'AKIAIOSFODNN7EXAMPLE',
    secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const at = Date.UTC(2013, 4, 24);
  const examples: readonly [string, string, Record<string, string>, string, string][] = [
    [
      'GET',
      '/test.txt',
      { range: 'bytes=0-9' },
      '',
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'PUT',
      '/test$file.text',
      { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      'Welcome to Amazon S3.',
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    [
      'GET',
      '/?lifecycle',
      {},
      '',
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'GET',
      '/?max-keys=2&prefix=J',
      {},
      '',
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ];
  for (const [method, path, headers, text, signature] of examples) {
    it(`is as published for ${method} ${path}`, () => {
      const url = new URL(path, 'https://examplebucket.s3.amazonaws.com');
      const request = { method, url, headers, body: Buffer.from(text) };
      const signed = signedHeaders(request, { keys, region: 'us-east-1', at });
      assert.equal(signed['authorization']?.split('Signature=')[1], signature);
    });
  }
});
