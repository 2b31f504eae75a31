import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import type { TokenStore } from '../../security/tokens.ts';
import { createForwardSession } from '../../wire/inputs/forward/forward-session.ts';
import type { InputSession, NewSession } from '../../wire/inputs/input-session.ts';
import { createLineSession } from '../../wire/inputs/lines/line-session.ts';
import { createLumberjackSession } from '../../wire/inputs/lumberjack/lumberjack-session.ts';
import type { LineReaders } from '../../wire/parsers/config/line-readers.ts';
import { rolesFor } from '../http/policy.ts';
import type { InputConfig } from './input-config.ts';
import { inputParser, tagService } from './input-parser.ts';

export interface SessionTools {
  readonly clock: Clock;
  readonly tokens: Pick<TokenStore, 'verify'>;
  /** @default the formats */
  readonly readers?: LineReaders | undefined;
  /** Name that the site gives itself in a handshake. */
  readonly hostname: string;
  /** The shared key of the forward protocol, if there is one. */
  readonly sharedKey: string | undefined;
  /** @default node:crypto randomBytes */
  readonly random?: ((bytes: number) => Uint8Array) | undefined;
}

/** What makes the sessions of an input's connections. */
export function newSession(config: InputConfig, tools: SessionTools): NewSession {
  if (config.type === 'forward') return () => forwardSession(config, tools);
  if (config.type === 'lumberjack') return () => lumberjackSession(config, tools);
  return () => lineSession(config, tools);
}

function lineSession(config: InputConfig, { clock, tokens, readers }: SessionTools): InputSession {
  const isSyslog = config.type === 'syslog';
  return createLineSession({
    framing: isSyslog ? 'auto' : 'lines',
    maxLineBytes: config.limits.lineBytes,
    parser: inputParser(config, readers) ?? {
      parse: () => ({ record: undefined, parser: undefined }),
    },
    now: () => clock.now(),
    ack: config.ack,
    hasPreamble: !isSyslog,
    needsToken: config.token,
    authenticate: (token) => {
      const identity = tokens.verify(token);
      return identity !== undefined && rolesFor('ingest').includes(identity.role)
        ? { service: identity.service }
        : undefined;
    },
  });
}

function forwardSession(config: InputConfig, tools: SessionTools): InputSession {
  const { clock, readers, sharedKey, hostname, random = randomBytes } = tools;
  const { limits, service, tags, users } = config;
  const security =
    sharedKey === undefined
      ? undefined
      : { sharedKey, hostname, users, nonce: random(16), salt: random(16) };
  return createForwardSession({
    limits: { maxMessageBytes: limits.messageBytes, maxEvents: limits.events },
    now: () => clock.now(),
    serviceOfTag: tagService(tags),
    parser: inputParser(config, readers),
    ...(security === undefined ? {} : { security }),
    ...(service === '' ? {} : { service }),
  });
}

function lumberjackSession(config: InputConfig, { clock, readers }: SessionTools): InputSession {
  const { limits, service } = config;
  return createLumberjackSession({
    limits: { maxMessageBytes: limits.messageBytes, maxEvents: limits.events },
    now: () => clock.now(),
    defaultService: 'beats',
    parser: inputParser(config, readers),
    ...(service === '' ? {} : { service }),
  });
}
