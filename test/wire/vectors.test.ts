import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { unpack } from 'msgpackr';
import { fromHex, hex } from '../../src/security/bytes.ts';
import { importPrivateKey } from '../../src/security/raw-keys.ts';
import { decodeControl } from '../../src/wire/control.ts';
import { bodyOf, FRAME, readHeader } from '../../src/wire/frame.ts';
import { decodeGap } from '../../src/wire/gap.ts';
import { encodeJournalHello } from '../../src/wire/journal-hello.ts';
import { verifyHello } from '../../src/wire/hello.ts';
import { createOpener } from '../../src/wire/opener.ts';
import { describe } from '../support/suite.ts';
import { vectorsText } from './protocol-vectors.ts';

interface Hello {
  readonly challenge: string;
  readonly signed_at: number;
  readonly body_hash: string;
  readonly signature: string;
  readonly frame: string;
}

interface SealedFrame {
  readonly bytes: string;
  readonly plaintext: string;
  readonly header: string;
}

interface Vectors {
  readonly site: { name: string; private_key: string; public_key: string; key_id: string };
  readonly device: { id: string; public_key: string };
  readonly seal: { epoch: number; enc: string };
  readonly hello: Hello;
  readonly hello_by_post: Hello;
  readonly data: SealedFrame & { readonly records: unknown };
  readonly gap: SealedFrame & { readonly report: unknown };
}

const file = new URL('../../docs/vectors/protocol-v1.json', import.meta.url);

describe('protocol vectors', (it) => {
  const text = readFileSync(file, 'utf8');
  const vectors = JSON.parse(text) as Vectors;
  const { site, device, seal, hello, data, gap } = vectors;
  const publicKey = fromHex(site.public_key);
  const opener = createOpener({
    site: site.name,
    keyRing: {
      find: (id) => (id === site.key_id ? { id, publicKey, notBefore: 0 } : undefined),
      privateKey: () => importPrivateKey('x25519', fromHex(site.private_key)),
    },
  });

  it('are what the code produces; scripts/make-vectors.mjs writes them', () => {
    assert.equal(text, vectorsText());
  });

  it('open as the site opens what a watch sent', () => {
    const frame = fromHex(hello.frame);
    const journalled = encodeJournalHello({ challenge: fromHex(hello.challenge), frame });
    const sealed = opener.verifyHello(journalled, device.id, fromHex(device.public_key));
    assert.deepEqual(sealed, { epoch: seal.epoch, keyId: site.key_id, enc: fromHex(seal.enc) });
    const session = opener.session(device.id, sealed);
    assert.deepEqual(unpack(opener.open(session, fromHex(data.bytes))), data.records);
    assert.deepEqual(decodeGap(opener.open(session, fromHex(gap.bytes))), gap.report);
    assert.equal(data.bytes.startsWith(data.header), true);
    assert.equal(readHeader(fromHex(gap.bytes)).kind, FRAME.gap);
  });

  it('have a POST hello that is bound to what follows it', () => {
    const post = vectors.hello_by_post;
    const bodyHash = createHash('sha256')
      .update(fromHex(data.bytes + gap.bytes))
      .digest();
    assert.equal(hex(bodyHash), post.body_hash);
    const body = decodeControl(FRAME.hello, bodyOf(fromHex(post.frame)));
    const key = fromHex(device.public_key);
    const { signed_at: signedAt } = post;
    assert.equal(verifyHello(body, { signedAt, bodyHash }, key), true);
    assert.equal(verifyHello(body, { signedAt: signedAt + 1, bodyHash }, key), false);
    assert.equal(verifyHello(body, { signedAt, bodyHash: new Uint8Array(32) }, key), false);
    assert.equal(verifyHello(body, { challenge: fromHex(hello.challenge) }, key), false);
  });
});
