import { isIPv6 } from 'node:net';

import { endsNumber, SEPARATOR, type DigitRuns } from './digit-runs.ts';
import type { Hit } from './finding.ts';

const LONGEST_IPV6 = 45;

/** Four numbers of 0 to 255 with dots. */
export function matchIpv4(text: string, runs: DigitRuns, hit: Hit): boolean {
  if (runs.count < 4 || runs.separator(4) === SEPARATOR.dot) return false;
  for (let run = 0; run < 4; run += 1) {
    if (run > 0 && runs.separator(run) !== SEPARATOR.dot) return false;
    if (runs.length(run) > 3 || Number(text.slice(runs.start(run), runs.end(run))) > 255) {
      return false;
    }
  }
  const end = runs.end(3);
  const isPort = text.charCodeAt(end) === 0x3a;
  return (isPort || endsNumber(text, end)) && hit.set('ip', runs.start(0), end);
}

/** An IPv6 address (RFC 4291) whose first colon is at `at`. */
export function matchIpv6(text: string, at: number, hit: Hit): boolean {
  let start = at;
  while (start > 0 && at - start < 4 && isHex(text.charCodeAt(start - 1))) start -= 1;
  if (start > 0 && isWord(text.charCodeAt(start - 1))) return false;
  let end = at;
  const most = Math.min(text.length, start + LONGEST_IPV6);
  let colons = 0;
  for (; end < most; end += 1) {
    const code = text.charCodeAt(end);
    if (code === 0x3a) colons += 1;
    else if (!isHex(code) && code !== 0x2e) break;
  }
  while (end > start && text.charCodeAt(end - 1) === 0x2e) end -= 1;
  if (colons < 2 || end - start < 3 || !isIPv6(text.slice(start, end))) return false;
  return hit.set('ip', start, end);
}

function isHex(code: number): boolean {
  const folded = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (folded >= 0x61 && folded <= 0x66);
}

function isWord(code: number): boolean {
  return isHex(code) || ((code | 0x20) >= 0x67 && (code | 0x20) <= 0x7a) || code === 0x3a;
}
