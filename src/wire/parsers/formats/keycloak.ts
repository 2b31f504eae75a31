import { addAttribute } from '../fields/attributes.ts';
import { withIdentity } from '../fields/identity-event.ts';
import type { LineParser } from '../line-parser.ts';
import { log4j } from './log4j.ts';

const EVENT = /\btype="?[A-Z_]{3,64}"?, realmId=/;
const PAIR = /([A-Za-z_]\w{0,63})=(?:"([^"]*)"|([^,"]*))(?:, |$)/g;
/** Pairs of a line that are read. */
const MOST_PAIRS = 64;

/** `2026-05-01 12:00:00,123 WARN  [org.keycloak.events] (executor-thread-1) type="LOGIN_ERROR", realmId="shop", …` */
export const keycloak: LineParser = {
  id: 'keycloak',
  about: 'Keycloak’s server log: events of users as logins, other lines as Log4j’s',
  service: 'keycloak',
  parse: (line, context) => {
    const start = EVENT.exec(line)?.index;
    if (start === undefined) return undefined;
    const record = log4j.parse(line, { defaultService: 'keycloak', ...context });
    if (record === undefined) return undefined;
    const fields: Record<string, unknown> = {};
    let pairs = 0;
    for (const [, key = '', quoted, bare] of line.slice(start).matchAll(PAIR)) {
      addAttribute(fields, key, quoted ?? bare);
      if ((pairs += 1) === MOST_PAIRS) break;
    }
    return withIdentity(record, fields);
  },
};
