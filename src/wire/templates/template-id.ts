const PRIMES = [0x01000193, 0x85ebca6b | 0] as const;
const OFFSETS = [0x811c9dc5 | 0, 0x9e3779b1 | 0] as const;

/** A short name for a template that depends on nothing but the text it was first seen with: `t` and 12 hexadecimal digits. */
export function templateId(text: string, attempt: number): string {
  const [high, low] = [0, 1].map((which) => hash(text, which === 0 ? 0 : 1, attempt));
  const digits =
    (high ?? 0).toString(16).padStart(8, '0') + (low ?? 0).toString(16).padStart(8, '0');
  return `t${digits.slice(0, 12)}`;
}

function hash(text: string, which: 0 | 1, attempt: number): number {
  let value = OFFSETS[which] + attempt;
  for (let at = 0; at < text.length; at += 1)
    value = Math.imul(value ^ text.charCodeAt(at), PRIMES[which]);
  value ^= value >>> 16;
  value = Math.imul(value, 0xc2b2ae35 | 0);
  return (value ^ (value >>> 13)) >>> 0;
}
