import { createHash } from 'node:crypto';
import { isWatchkeeperError, messageOf } from '../../core/errors.ts';
import type { FrameClass } from '../../model/frame.ts';
import { ENTRY, type NewEntry } from '../../model/journal-entry.ts';
import type { KeyRing } from '../../security/key-ring.ts';
import type { HelloBody, LanePair, NackBody, NackCode } from '../../wire/control-bodies.ts';
import { decodeControl } from '../../wire/control.ts';
import { bodyOf, FRAME } from '../../wire/frame.ts';
import type { HelloContext } from '../../wire/hello-input.ts';
import { verifyHello } from '../../wire/hello.ts';
import { encodeJournalHello } from '../../wire/journal-hello.ts';
import type { Intake } from '../intake.ts';
import type { Device, DeviceDirectory } from '../site-api.ts';
import { CLOSE, type CloseCode } from './close-codes.ts';
import { sealTag, type SessionTable } from './sessions.ts';
import type { Tally } from './tally.ts';

/** The public half of the key ring: all that a gateway may see of it. */
export type SiteKeys = Pick<KeyRing, 'current' | 'find'>;

/** A hello frame and what its signature is bound to: the challenge, or by POST the bytes behind the frame. */
export interface HelloRequest {
  readonly frame: Uint8Array;
  readonly bound: { readonly challenge: Uint8Array } | { readonly rest: Uint8Array };
  readonly observedAt: number;
  /** The device that the TLS client certificate names; `undefined` without one. */
  readonly certified?: string | undefined;
}

export type HelloVerdict =
  | {
      readonly type: 'opened';
      readonly device: string;
      readonly slot: number;
      readonly epoch: number;
      /** Durable sequence numbers of this epoch. */
      readonly acked: LanePair;
    }
  /** The intake has no room even for class 0; offer it again. */
  | { readonly type: 'busy' }
  | { readonly type: 'refused'; readonly nack: NackBody; readonly close: CloseCode };

interface HelloDeskOptions {
  readonly sessions: SessionTable;
  readonly intake: Intake;
  readonly directory: DeviceDirectory;
  readonly keys: SiteKeys;
  readonly tally: Tally;
  readonly signedSkewMs: number;
}

interface HelloEntry extends NewEntry {
  readonly slot: number;
  readonly epoch: number;
  readonly seal: number;
}

const HELLO_CLASS: FrameClass = 0;

/** Checks hellos and journals those that open an epoch or bring another key exchange. */
export class HelloDesk {
  readonly #options: HelloDeskOptions;
  readonly #onDurable: (lsn: number, entry: NewEntry) => void;

  constructor(options: HelloDeskOptions) {
    this.#options = options;
    this.#onDurable = (_lsn, entry) => {
      const { slot, epoch, seal } = entry as HelloEntry;
      options.sessions.openDurable(slot, epoch, seal);
    };
  }

  take(request: HelloRequest): HelloVerdict {
    if (this.#options.intake.admit(HELLO_CLASS) === 'busy') return { type: 'busy' };
    const verdict = this.#check(request);
    if (verdict.type === 'refused') this.#options.tally.helloRefused(verdict.nack.code);
    return verdict;
  }

  #check(request: HelloRequest): HelloVerdict {
    let body: HelloBody;
    try {
      body = decodeControl(FRAME.hello, bodyOf(request.frame));
    } catch (error) {
      return refused('MALFORMED', messageOf(error), CLOSE.protocol);
    }
    const { certified } = request;
    if (certified !== undefined && certified !== body.device) {
      const message = `The certificate is that of "${certified}", not of "${body.device}".`;
      return refused('IDENTITY', message, CLOSE.identity);
    }
    const device = this.#options.directory.find(body.device);
    if (device === undefined) {
      return refused('IDENTITY', `The device "${body.device}" is not enrolled.`, CLOSE.identity);
    }
    const context = contextOf(body, request);
    return (
      this.#checkIdentity(device, body, { context, observedAt: request.observedAt }) ??
      this.#checkEpoch(body) ??
      this.#open(body, context, request)
    );
  }

  #checkIdentity(
    device: Device,
    body: HelloBody,
    { context, observedAt }: { readonly context: HelloContext; readonly observedAt: number },
  ): HelloVerdict | undefined {
    if (!verifyHello(body, context, device.publicKey)) {
      const message = `The hello is not signed by "${device.id}" for this exchange.`;
      return refused('IDENTITY', message, CLOSE.identity);
    }
    if (device.revoked) {
      return refused('IDENTITY', `The device "${device.id}" is revoked.`, CLOSE.revoked);
    }
    if (!('signedAt' in context)) return undefined;
    const slot = this.#options.sessions.find(device.id);
    const newest = slot === undefined ? 0 : this.#options.sessions.signedAt(slot);
    const isFar = Math.abs(context.signedAt - observedAt) > this.#options.signedSkewMs;
    if (!isFar && context.signedAt >= newest) return undefined;
    const message = isFar
      ? `signed_at is too far from the site's time ${Math.round(observedAt)}.`
      : 'signed_at is older than that of an earlier request.';
    const nack = {
      code: 'IDENTITY',
      server_time: Math.max(0, Math.round(observedAt)),
      message,
    } as const;
    return { type: 'refused', nack, close: CLOSE.identity };
  }

  #checkEpoch(body: HelloBody): HelloVerdict | undefined {
    const { sessions, keys } = this.#options;
    if (keys.find(body.key_id) === undefined) {
      return refused('KEY_UNKNOWN', 'The site has no such key.', CLOSE.epoch);
    }
    const slot = sessions.find(body.device);
    const known = slot === undefined ? 0 : sessions.epoch(slot);
    if (body.epoch < known) return epochRefused(known, 'The epoch is below the highest one seen.');
    const isKnown = slot !== undefined && body.epoch === known;
    const [urgent, bulk] = isKnown ? this.#durable(slot, body.epoch) : [0, 0];
    if (body.acked[0] <= urgent && body.acked[1] <= bulk) return undefined;
    // The site was set back: frames up to `acked` are deleted on the watch, so this epoch cannot go on.
    return epochRefused(body.epoch + 1, 'The site does not have what was acked in this epoch.');
  }

  #open(body: HelloBody, context: HelloContext, request: HelloRequest): HelloVerdict {
    const { sessions } = this.#options;
    const slot = sessions.slot(body.device);
    const seal = sealTag(body.key_id, body.enc);
    if (!sessions.isOpen(slot, body.epoch, seal)) {
      const entry: HelloEntry = {
        kind: ENTRY.hello,
        subject: body.device,
        observedAt: request.observedAt,
        body: encodeJournalHello({ ...context, frame: request.frame }),
        slot,
        epoch: body.epoch,
        seal,
      };
      const failure = this.#append(entry);
      if (failure !== undefined) return failure;
      sessions.open(slot, body.epoch, seal);
    }
    if ('signedAt' in context) sessions.signed(slot, context.signedAt);
    const acked = this.#durable(slot, body.epoch);
    return { type: 'opened', device: body.device, slot, epoch: body.epoch, acked };
  }

  #append(entry: HelloEntry): HelloVerdict | undefined {
    try {
      this.#options.intake.submit(entry, this.#onDurable);
      return undefined;
    } catch (error) {
      const close = isWatchkeeperError(error, 'JOURNAL_FULL') ? CLOSE.restart : CLOSE.failed;
      const nack = { code: 'BUSY', retry_after_ms: 5_000, message: messageOf(error) } as const;
      return { type: 'refused', nack, close };
    }
  }

  #durable(slot: number, epoch: number): LanePair {
    const { sessions } = this.#options;
    return [sessions.durableSeq(slot, 0, epoch), sessions.durableSeq(slot, 1, epoch)];
  }
}

function contextOf(body: HelloBody, { bound }: HelloRequest): HelloContext {
  if ('challenge' in bound) return bound;
  const bodyHash = createHash('sha256').update(bound.rest).digest();
  return { signedAt: body.signed_at ?? 0, bodyHash };
}

function refused(code: NackCode, message: string, close: CloseCode): HelloVerdict {
  return { type: 'refused', nack: { code, message }, close };
}

function epochRefused(expected: number, message: string): HelloVerdict {
  return { type: 'refused', nack: { code: 'EPOCH', expected, message }, close: CLOSE.epoch };
}
