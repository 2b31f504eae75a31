/**
 * The token in an `Authorization` header. `Bearer` works everywhere. Inputs
 * also take what shippers can send: `Basic` with the token as the password,
 * `Splunk <token>`, and `ApiKey` with the token as it is or as the key of
 * base64 `<id>:<key>`.
 */
export function tokenIn(header: string | undefined, isInput: boolean): string | undefined {
  const [, scheme = '', value = ''] = /^([A-Za-z]+) +(\S+)\s*$/.exec(header ?? '') ?? [];
  const known = scheme.toLowerCase();
  if (known === 'bearer') return value;
  if (!isInput) return undefined;
  if (known === 'splunk') return value;
  if (known === 'apikey') return value.startsWith('wk_') ? value : afterColon(value);
  return known === 'basic' ? afterColon(value) : undefined;
}

function afterColon(base64: string): string {
  const text = Buffer.from(base64, 'base64').toString('latin1');
  return text.slice(text.indexOf(':') + 1);
}
