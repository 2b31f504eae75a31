import { isWatchkeeperError, messageOf } from '../../core/errors.ts';
import type { Lane } from '../../model/frame.ts';
import type { NackBody } from '../../wire/control-bodies.ts';
import { encodeControlFrame } from '../../wire/control.ts';
import { FRAME, splitFrames, type Frame, type FrameHeader } from '../../wire/frame.ts';
import type { ShedMark } from './ack-frame.ts';
import { encodeAcks } from './ack-state.ts';
import { CLOSE } from './close-codes.ts';
import type { Certified } from './certified-device.ts';
import type { DeviceCore } from './core.ts';
import type { FrameSender } from './frame-desk.ts';
import type { HelloVerdict } from './hello-desk.ts';
import { frameNack, nackFrame } from './nacks.ts';
import type { Refusal } from './tally.ts';

export interface PostAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

interface PostOptions {
  readonly core: DeviceCore;
  readonly barrier: (callback: (isDurable: boolean) => void) => void;
  /** Whose TLS certificate came with it. */
  readonly sender: Certified;
}

/** Takes the body of `POST /v1/device/frames` and answers once what it brought is durable. Never rejects. */
export function answerPost(
  body: Uint8Array,
  { core, barrier, sender }: PostOptions,
): Promise<PostAnswer> {
  if (!sender.isAllowed(core)) return Promise.resolve(refusal(401, NO_CERTIFICATE));
  const opened = openPost(body, core, sender.device);
  if ('status' in opened) return Promise.resolve(opened);
  const exchange = new PostExchange(core, opened.verdict);
  for (const frame of opened.frames) exchange.take(frame);
  return new Promise((resolve) => {
    barrier((isDurable) => {
      resolve(isDurable ? exchange.answer() : refusal(503, JOURNAL_FAILED));
    });
  });
}

const NO_CERTIFICATE = {
  code: 'IDENTITY',
  message: 'This site asks watches for a certificate that names them.',
} as const;

type OpenedHello = Extract<HelloVerdict, { type: 'opened' }>;

function openPost(
  body: Uint8Array,
  core: DeviceCore,
  certified: string | undefined,
): PostAnswer | { readonly verdict: OpenedHello; readonly frames: readonly Frame[] } {
  if (core.isDraining) return refusal(503, { ...BUSY, message: 'The site restarts.' });
  if (body.length > core.limits.postBytes) {
    return refusal(413, { code: 'SIZE', message: `At most ${core.limits.postBytes} bytes.` });
  }
  let frames: readonly Frame[];
  try {
    frames = splitFrames(body);
  } catch (error) {
    core.frames.refuse('malformed');
    const isLarge = isWatchkeeperError(error, 'FRAME_TOO_LARGE');
    const code = isLarge ? 'SIZE' : 'MALFORMED';
    return refusal(isLarge ? 413 : 400, { code, message: messageOf(error) });
  }
  const [hello, ...rest] = frames;
  if (hello?.header.kind !== FRAME.hello) {
    core.frames.refuse('malformed');
    return refusal(400, { code: 'MALFORMED', message: 'Expected hello first.' });
  }
  const bound = { rest: body.subarray(hello.frame.length) };
  const observedAt = core.clock.now();
  const verdict = core.hellos.take({ frame: hello.frame, bound, observedAt, certified });
  return verdict.type === 'opened' ? { verdict, frames: rest } : refusedHello(verdict);
}

function refusedHello(verdict: Exclude<HelloVerdict, { type: 'opened' }>): PostAnswer {
  if (verdict.type === 'busy') return refusal(503, BUSY);
  const { nack, close } = verdict;
  if (close === CLOSE.revoked) return refusal(403, nack);
  if (close === CLOSE.restart) return refusal(507, nack);
  return refusal(
    { IDENTITY: 401, EPOCH: 409, KEY_UNKNOWN: 409, BUSY: 503 }[nack.code as string] ?? 400,
    nack,
  );
}

/** The frames of one request after its hello. */
class PostExchange implements FrameSender {
  readonly device: string;
  readonly slot: number;
  readonly epoch: number;
  readonly observedAt: number;
  readonly receivedAt: number;
  readonly #core: DeviceCore;
  readonly #shed: ShedMark[] = [];
  /** The first refusal of each lane; those behind it follow from it. */
  readonly #nacks = new Map<Lane, { readonly reason: Refusal; readonly nack: NackBody }>();
  /** A control frame that has no place here has no number to name. */
  #misplaced: NackBody | undefined;
  #settled = 0;

  constructor(core: DeviceCore, { device, slot, epoch }: OpenedHello) {
    this.#core = core;
    this.device = device;
    this.slot = slot;
    this.epoch = epoch;
    this.observedAt = core.clock.now();
    this.receivedAt = core.clock.monotonic();
  }

  take({ header, frame }: Frame): void {
    if (header.kind === FRAME.data || header.kind === FRAME.gap) {
      this.#number(header, frame);
    } else if (header.kind === FRAME.beat) {
      this.#core.beats.take(this.device, frame, this.observedAt);
    } else if (header.kind !== FRAME.bye) {
      this.#core.frames.refuse('malformed');
      this.#misplaced ??= {
        code: 'MALFORMED',
        message: `Frames of kind ${header.kind} are not for this place.`,
      };
    }
  }

  answer(): PostAnswer {
    const [first] = this.#nacks.values();
    const status = first === undefined ? undefined : STATUS[first.reason];
    if (first !== undefined && status !== undefined && this.#settled === 0) {
      return refusal(status, first.nack);
    }
    const { sessions, flow, clock } = this.#core;
    const urgent = sessions.durableSeq(this.slot, 0, this.epoch);
    const bulk = sessions.durableSeq(this.slot, 1, this.epoch);
    const welcome = encodeControlFrame(FRAME.welcome, {
      session: this.#core.nextSession(),
      acked: [urgent, bulk],
      credits: flow.credits,
      server_time: Math.max(0, Math.round(clock.now())),
    });
    const ack = urgent + bulk > 0 ? [encodeAcks({ urgent, bulk }, this.#shed)] : [];
    const refused = [...this.#nacks.values()].map(({ nack }) => nack);
    const misplaced = this.#misplaced === undefined ? [] : [this.#misplaced];
    const nacks = [...refused, ...misplaced].map(nackFrame);
    return { status: 200, body: Buffer.concat([welcome, ...ack, ...nacks]) };
  }

  #number(header: FrameHeader, frame: Uint8Array): void {
    const verdict = this.#core.frames.take(this, header, frame);
    switch (verdict) {
      case 'shed':
        this.#shed.push(header);
        this.#settled += 1;
        return;
      case 'appended':
      case 'duplicate':
      case 'pending':
        this.#settled += 1;
        return;
      case 'busy':
        this.#core.frames.refuse('busy');
        this.#refused('busy', header);
        return;
      default:
        this.#refused(verdict, header);
    }
  }

  #refused(reason: Refusal, { lane, seq }: FrameHeader): void {
    if (this.#nacks.has(lane)) return;
    const { sessions, frames } = this.#core;
    const isEpoch = reason === 'epoch';
    const expected = isEpoch ? sessions.epoch(this.slot) : sessions.seq(this.slot, lane) + 1;
    const wait = reason === 'rate' ? { retryAfterMs: frames.retryAfterMs } : {};
    const nack = frameNack(reason, { lane, seq, expected, ...wait });
    this.#nacks.set(lane, { reason, nack });
  }
}

/** Statuses of requests that brought nothing but refusals of this kind. */
const STATUS: Partial<Readonly<Record<Refusal, number>>> = {
  rate: 429,
  busy: 503,
  journal_full: 507,
  journal_failed: 503,
};

const BUSY: NackBody = {
  code: 'BUSY',
  retry_after_ms: 1_000,
  message: 'The site has no room now; send again later.',
};

const JOURNAL_FAILED: NackBody = { ...BUSY, message: 'The journal of the site failed.' };

function refusal(status: number, nack: NackBody): PostAnswer {
  return { status, body: nackFrame(nack) };
}
