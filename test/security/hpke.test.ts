import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { fromHex, hex, utf8 } from '../../src/security/bytes.ts';
import {
  AES_128_GCM,
  AES_256_GCM,
  EXPORT_ONLY,
  hpkeReceive,
  hpkeSend,
} from '../../src/security/hpke.ts';
import { importPrivateKey, rawPublicKey } from '../../src/security/raw-keys.ts';
import { describe } from '../support/suite.ts';

/** RFC 9180, appendix A.1.1: base mode, X25519, HKDF-SHA256, AES-128-GCM. */
const A1 = {
  info: '4f6465206f6e2061204772656369616e2055726e',
  skEm: '52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736',
  pkEm: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
  skRm: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
  pkRm: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
  key: '4531685d41d65f03dc48f6b8302c05b0',
  baseNonce: '56d890e5accaaf011cff4b7d',
  exporterSecret: '45ff1c2e220db587171952c0592d5f5ebe103f1561a2614e38f2ffd47e99e3f8',
  plaintext: '4265617574792069732074727574682c20747275746820626561757479',
  messages: [
    {
      seq: 0,
      aad: '436f756e742d30',
      ciphertext:
        'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
    },
    {
      seq: 1,
      aad: '436f756e742d31',
      ciphertext:
        'af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84',
    },
  ],
  exports: [
    { context: '', value: '3853fe2b4035195a573ffc53856e77058e15d9ea064de3e59f4961d0095250ee' },
    { context: '00', value: '2e8f0b54673c7029649d4eb9d5e33bf1872cf76d623ff164ac185da9e88c21a5' },
    {
      context: '54657374436f6e74657874',
      value: 'e9e43065102c3836401bed8c3c3c75ae46be1639869391d62c61f1ec7af54931',
    },
  ],
};

function a1(aead = AES_128_GCM) {
  const info = fromHex(A1.info);
  const sender = hpkeSend({
    recipient: fromHex(A1.pkRm),
    info,
    aead,
    ephemeral: importPrivateKey('x25519', fromHex(A1.skEm)),
  });
  const receiver = hpkeReceive({
    privateKey: importPrivateKey('x25519', fromHex(A1.skRm)),
    publicKey: fromHex(A1.pkRm),
    enc: sender.enc,
    info,
    aead,
  });
  return { enc: sender.enc, sender: sender.context, receiver };
}

describe('hpke', (it) => {
  it('gives the key schedule of RFC 9180 A.1.1', () => {
    const { enc, sender, receiver } = a1();
    assert.equal(hex(rawPublicKey(importPrivateKey('x25519', fromHex(A1.skRm)))), A1.pkRm);
    assert.equal(hex(enc), A1.pkEm);
    for (const context of [sender, receiver]) {
      assert.equal(hex(context.key), A1.key);
      assert.equal(hex(context.baseNonce), A1.baseNonce);
      assert.equal(hex(context.exporterSecret), A1.exporterSecret);
    }
  });

  it('seals and opens the messages of RFC 9180 A.1.1.1', () => {
    const { sender, receiver } = a1();
    for (const { seq, aad, ciphertext } of A1.messages) {
      assert.equal(hex(sender.seal(seq, fromHex(aad), fromHex(A1.plaintext))), ciphertext);
      assert.equal(hex(receiver.open(seq, fromHex(aad), fromHex(ciphertext))), A1.plaintext);
    }
  });

  it('exports the values of RFC 9180 A.1.1.2', () => {
    const { receiver } = a1();
    for (const { context, value } of A1.exports) {
      assert.equal(hex(receiver.export(fromHex(context), 32)), value);
    }
  });

  it('binds the AEAD to the schedule: AES-256-GCM has other keys than AES-128-GCM', () => {
    const narrow = a1();
    const wide = a1(AES_256_GCM);
    assert.equal(wide.sender.key.length, 32);
    assert.notEqual(hex(wide.sender.exporterSecret), hex(narrow.sender.exporterSecret));
    const sealed = wide.sender.seal(5, utf8('aad'), utf8('text'));
    assert.deepEqual(wide.receiver.open(5, utf8('aad'), sealed), utf8('text'));
  });

  it('exports but does not seal with the export-only AEAD', () => {
    const { sender, receiver } = a1(EXPORT_ONLY);
    assert.equal(hex(sender.export(utf8('c'), 48)), hex(receiver.export(utf8('c'), 48)));
    assert.equal(sender.key.length, 0);
    assert.throws(() => sender.seal(0, utf8(''), utf8('')), isSealInvalid);
    assert.throws(() => receiver.open(0, utf8(''), new Uint8Array(16)), isSealInvalid);
  });

  it('refuses a message with another sequence, aad, tag or too few bytes', () => {
    const { sender, receiver } = a1(AES_256_GCM);
    const sealed = sender.seal(1, utf8('a'), utf8('text'));
    assert.throws(() => receiver.open(2, utf8('a'), sealed), isSealInvalid);
    assert.throws(() => receiver.open(1, utf8('b'), sealed), isSealInvalid);
    assert.throws(() => receiver.open(1, utf8('a'), sealed.subarray(0, -1)), isSealInvalid);
    assert.throws(() => receiver.open(1, utf8('a'), new Uint8Array(3)), isSealInvalid);
    sealed[0] = (sealed[0] ?? 0) ^ 1;
    assert.throws(() => receiver.open(1, utf8('a'), sealed), isSealInvalid);
  });

  it('refuses a recipient key of low order or another length', () => {
    for (const recipient of [new Uint8Array(32), new Uint8Array(31)]) {
      assert.throws(
        () => hpkeSend({ recipient, info: utf8(''), aead: AES_256_GCM }),
        (error) => isWatchkeeperError(error, 'KEY_UNKNOWN'),
      );
    }
  });

  it('uses a fresh encapsulated key each time, and opens whatever was sealed', () => {
    const privateKey = importPrivateKey('x25519', fromHex(A1.skRm));
    const publicKey = fromHex(A1.pkRm);
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.maxSafeNat(), (info, plaintext, seq) => {
        const { enc, context } = hpkeSend({ recipient: publicKey, info, aead: AES_256_GCM });
        seen.add(hex(enc));
        const other = hpkeReceive({ privateKey, publicKey, enc, info, aead: AES_256_GCM });
        assert.deepEqual(other.open(seq, info, context.seal(seq, info, plaintext)), plaintext);
      }),
      { numRuns: 50 },
    );
    assert.equal(seen.size, 50);
  });
});

function isSealInvalid(error: unknown): boolean {
  return isWatchkeeperError(error, 'SEAL_INVALID');
}
