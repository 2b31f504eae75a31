import assert from 'node:assert/strict';
import { sign, verify } from 'node:crypto';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { fromHex, hex, utf8 } from '../../src/security/bytes.ts';
import {
  devicePrivateKeyObject,
  devicePublicKey,
  devicePublicKeyObject,
  generateDeviceKey,
} from '../../src/security/device-key.ts';
import { describe } from '../support/suite.ts';

describe('device key', (it) => {
  it('has the public half and the signature of RFC 8032, 7.1, test 1', () => {
    const secret = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
    assert.equal(
      hex(devicePublicKey(secret)),
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    );
    assert.equal(
      hex(sign(null, new Uint8Array(0), devicePrivateKeyObject(secret))),
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
  });

  it('signs with a fresh key what its public half verifies', () => {
    const { publicKey, privateKey } = generateDeviceKey();
    const key = devicePrivateKeyObject(privateKey);
    assert.equal(devicePrivateKeyObject(key), key);
    const signature = sign(null, utf8('m'), key);
    assert.equal(verify(null, utf8('m'), devicePublicKeyObject(publicKey), signature), true);
    assert.equal(verify(null, utf8('n'), devicePublicKeyObject(publicKey), signature), false);
    assert.deepEqual(devicePublicKey(privateKey), publicKey);
    assert.notDeepEqual(generateDeviceKey().privateKey, privateKey);
  });

  it('refuses raw keys of another length', () => {
    for (const make of [devicePrivateKeyObject, devicePublicKeyObject]) {
      assert.throws(
        () => make(new Uint8Array(31)),
        (e) => isWatchkeeperError(e, 'KEY_UNKNOWN'),
      );
    }
  });
});
