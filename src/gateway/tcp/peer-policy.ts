import { BlockList, isIP } from 'node:net';
import { isLoopback } from '../tls/loopback.ts';

interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Reads an address or `address/bits`; `undefined` when it is neither. */
export function readNetwork(text: string): Network | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return undefined;
  const most = version === 4 ? 32 : 128;
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined;
  const bits = length === undefined ? most : Number(length);
  return bits > most ? undefined : { address, bits, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Who may send by address: this machine always, others when they are listed or nothing is. */
export function peerPolicy(allow: readonly string[]): (address: string | undefined) => boolean {
  const list = new BlockList();
  for (const text of allow) {
    const network = readNetwork(text);
    if (network !== undefined) list.addSubnet(network.address, network.bits, network.family);
  }
  return (address) => {
    if (address === undefined) return false;
    const plain = plainAddress(address);
    if (allow.length === 0 || isLoopback(plain)) return true;
    return list.check(plain, isIP(plain) === 4 ? 'ipv4' : 'ipv6');
  };
}

/** An IPv4 address that came mapped into IPv6, as itself. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
