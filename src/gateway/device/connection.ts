import type { ControlBodies, ControlKind } from '../../wire/control-bodies.ts';
import { encodeControlFrame } from '../../wire/control.ts';
import { FRAME, HEADER_BYTES, type FrameHeader } from '../../wire/frame.ts';
import { AckState } from './ack-state.ts';
import { CLOSE, resumeAfterMs, type CloseCode } from './close-codes.ts';
import type { DeviceCore } from './core.ts';
import { frameAt } from './frame-at.ts';
import type { FrameEntry, FrameSender, FrameVerdict } from './frame-desk.ts';
import { countNumbered, HeldMessages } from './held.ts';
import type { HelloVerdict } from './hello-desk.ts';
import type { Link } from './link.ts';
import { frameNack, nackFrame } from './nacks.ts';
import { NackState } from './nack-state.ts';
import { Patience } from './patience.ts';
import type { Greeting, Peer } from './peer.ts';
import type { Refusal } from './tally.ts';

type State = 'greeting' | 'live' | 'closed';

/**
 * The state machine of one connection: challenge → hello → frames. It knows
 * neither sockets nor timers of its own and does everything in the call that
 * brings a message, a commit, a relief or a check, so that any interleaving
 * can be tested.
 *
 *   greeting ──hello accepted──▶ live ──▶ closed
 *       └────────refused, 5 s──────────────▲
 *
 * How far the lanes are belongs to the device ({@link SessionTable}), not to
 * the connection: one that takes over goes on where the other stopped.
 */
export class Connection implements FrameSender, Peer {
  device = '';
  slot = -1;
  epoch = 0;
  observedAt = 0;
  receivedAt: number;
  readonly #core: DeviceCore;
  readonly #link: Link;
  readonly #greeting: Greeting;
  readonly #held: HeldMessages;
  readonly #acks = new AckState();
  readonly #patience: Patience;
  readonly #nacks = new NackState();
  #flowLevel = 0;
  #state: State = 'greeting';

  constructor(core: DeviceCore, link: Link, greeting: Greeting) {
    this.#core = core;
    this.#link = link;
    this.#greeting = greeting;
    this.#held = new HeldMessages(core.hold);
    this.receivedAt = core.clock.monotonic();
    this.#patience = new Patience(core.limits, this.receivedAt);
    const { id, publicKey } = core.keys.current();
    this.#send(FRAME.challenge, {
      nonce: greeting.challenge,
      server_time: siteTime(core),
      site: core.site,
      key_id: id,
      public_key: publicKey,
    });
  }

  /** One message from the watch: whole frames. It must not change any more. */
  receive(message: Uint8Array): void {
    if (this.#state === 'closed' || this.#core.isDraining) return;
    this.#stamp();
    this.#patience.heard(this.receivedAt);
    if (this.#held.isEmpty) this.#run(message);
    else this.#hold(message);
  }

  pong(): void {
    this.#patience.alive(this.#core.clock.monotonic());
  }

  durable(entry: FrameEntry): boolean {
    return this.#state === 'live' && entry.epoch === this.epoch && this.#acks.durable(entry);
  }

  flush(): void {
    if (this.#state !== 'live') return;
    const { sessions, flow } = this.#core;
    const ack = this.#acks.take({
      urgent: sessions.durableSeq(this.slot, 0, this.epoch),
      bulk: sessions.durableSeq(this.slot, 1, this.epoch),
    });
    const isChanged = this.#flowLevel !== flow.level;
    if (isChanged) this.#noteFlow();
    if (ack !== undefined) this.#link.send(isChanged ? Buffer.concat([ack, flow.frame]) : ack);
    else if (isChanged) this.#link.send(flow.frame);
  }

  relieve(): void {
    if (this.#state === 'closed' || this.#core.isDraining) return;
    this.#stamp();
    // Leaving the set puts a connection that has to wait again behind the others.
    this.#core.waiting.delete(this);
    for (const message of this.#held.drain()) {
      if (this.#held.isEmpty) this.#run(message);
      else this.#hold(message);
    }
    if (this.#held.isEmpty) this.#link.resume();
  }

  /** Enforces the limits on waiting; called about every second. */
  check(): void {
    if (this.#state === 'closed') return;
    const verdict = this.#patience.check(this.#core.clock.monotonic(), {
      isGreeting: this.#state === 'greeting',
      isPaused: this.#core.waiting.has(this),
      isMidMessage: this.#link.isMidMessage(),
    });
    if (verdict === 'ping') this.#link.ping();
    else if (verdict !== undefined) this.end(CLOSE.timeout, verdict);
  }

  tell<K extends ControlKind>(kind: K, body: ControlBodies[K]): boolean {
    if (this.#state !== 'live') return false;
    this.#send(kind, body);
    return true;
  }

  end(code: CloseCode, reason: string, resumeMs = resumeAfterMs(code)): void {
    if (this.#state === 'closed') return;
    this.#send(FRAME.bye, { code, resume_after_ms: resumeMs, reason });
    this.closed(code, reason);
  }

  /** The link is gone, or with a code it is to go. Idempotent; what was appended stays the device's. */
  closed(code?: CloseCode, reason = ''): void {
    this.#state = 'closed';
    if (code !== undefined) this.#link.close(code, reason);
    this.#held.drain();
    this.#core.waiting.delete(this);
    this.#core.stopped.delete(this);
    if (this.#core.online.get(this.slot) === this) this.#core.online.delete(this.slot);
  }

  #stamp(): void {
    this.receivedAt = this.#core.clock.monotonic();
    this.observedAt = this.#core.clock.now();
  }

  #run(message: Uint8Array): void {
    const rest = this.#process(message);
    if (rest !== undefined) this.#hold(rest);
    if (this.#acks.isForced) this.flush();
  }

  /** Takes the frames of a message in order; answers what is left when there is no room. */
  #process(message: Uint8Array): Uint8Array | undefined {
    let offset = 0;
    do {
      const header = frameAt(message, offset);
      if ('reason' in header) {
        this.#violation(header.reason, header.message);
        return undefined;
      }
      const end = offset + HEADER_BYTES + header.length;
      const isWhole = offset === 0 && end === message.length;
      const frame = isWhole ? message : message.subarray(offset, end);
      if (!this.#take(header, frame)) return message.subarray(offset);
      if (this.#state === 'closed') return undefined;
      offset = end;
    } while (offset < message.length);
    return undefined;
  }

  /** `false` when the frame has to wait for room. */
  #take(header: FrameHeader, frame: Uint8Array): boolean {
    if (header.kind === FRAME.hello) return this.#hello(frame);
    if (this.#state === 'greeting') {
      this.#violation('malformed', 'Expected hello first.');
      return true;
    }
    if (header.kind === FRAME.data || header.kind === FRAME.gap) {
      return this.#settle(this.#core.frames.take(this, header, frame), header);
    }
    if (header.kind === FRAME.beat) this.#beat(frame);
    else if (header.kind === FRAME.bye) this.closed(CLOSE.normal);
    else this.#violation('malformed', `Frames of kind ${header.kind} are not for the gateway.`);
    return true;
  }

  #settle(verdict: FrameVerdict, header: FrameHeader): boolean {
    if (verdict === 'appended' || verdict === 'shed') {
      this.#nacks.accepted();
      return true;
    }
    if (verdict === 'busy') return false;
    if (verdict === 'duplicate') this.#acks.force(header.lane);
    else if (verdict !== 'pending') this.#refused(verdict, header);
    return true;
  }

  #refused(reason: Refusal, { lane, seq }: FrameHeader): void {
    const { sessions, frames, limits } = this.#core;
    const isEpoch = reason === 'epoch';
    const expected = isEpoch ? sessions.epoch(this.slot) : sessions.seq(this.slot, lane) + 1;
    if (this.#nacks.refused(reason, { lane, expected, now: this.receivedAt })) {
      const wait = reason === 'rate' ? { retryAfterMs: frames.retryAfterMs } : {};
      this.#link.send(nackFrame(frameNack(reason, { lane, seq, expected, ...wait })));
    }
    if (reason === 'journal_failed') this.end(CLOSE.failed, 'The journal failed.');
    else if (this.#nacks.strikes >= limits.rateStrikes) {
      this.end(CLOSE.rate, `${this.#nacks.strikes} frames in a row were refused.`);
    }
  }

  #hello(frame: Uint8Array): boolean {
    const verdict = this.#core.hellos.take({
      frame,
      bound: { challenge: this.#greeting.challenge },
      certified: this.#greeting.certified,
      observedAt: this.observedAt,
    });
    if (verdict.type === 'busy') return false;
    if (verdict.type === 'refused') {
      this.#link.send(nackFrame(verdict.nack));
      this.end(verdict.close, verdict.nack.message, verdict.nack.retry_after_ms);
    } else if (this.#state === 'live' && verdict.device !== this.device) {
      this.#violation('malformed', 'A connection is of one device.');
    } else {
      this.#welcome(verdict);
    }
    return true;
  }

  #welcome(verdict: Extract<HelloVerdict, { type: 'opened' }>): void {
    const { online, flow } = this.#core;
    this.device = verdict.device;
    this.slot = verdict.slot;
    this.epoch = verdict.epoch;
    const other = online.get(this.slot);
    online.set(this.slot, this);
    if (other !== undefined && other !== this) {
      other.end(CLOSE.replaced, 'Another connection of this device took over.');
    }
    this.#state = 'live';
    this.#nacks.reset();
    this.#acks.start(verdict.acked);
    this.#noteFlow();
    this.#send(FRAME.welcome, {
      session: this.#core.nextSession(),
      acked: verdict.acked,
      credits: flow.credits,
      server_time: siteTime(this.#core),
    });
  }

  #noteFlow(): void {
    this.#flowLevel = this.#core.flow.level;
    if (this.#flowLevel > 0) this.#core.stopped.add(this);
    else this.#core.stopped.delete(this);
  }

  #beat(frame: Uint8Array): void {
    const flaw = this.#core.beats.take(this.device, frame, this.observedAt);
    if (flaw !== undefined) this.#violation('malformed', flaw);
  }

  #violation(reason: 'malformed' | 'size', message: string): void {
    this.#core.frames.refuse(reason);
    this.#link.send(nackFrame({ code: reason === 'size' ? 'SIZE' : 'MALFORMED', message }));
    this.end(CLOSE.protocol, message);
  }

  #hold(message: Uint8Array): void {
    if (this.#state === 'closed') return;
    if (!this.#core.waiting.has(this)) {
      this.#core.waiting.add(this);
      this.#link.pause();
    }
    if (!this.#held.push(message)) this.#turnAway(message);
  }

  /** There is no memory to hold a message: its frames have to be sent again. */
  #turnAway(message: Uint8Array): void {
    const { frames, sessions } = this.#core;
    for (const [index, count] of countNumbered(message).entries()) {
      for (let left = count; left > 0; left -= 1) frames.refuse('busy');
      if (count === 0 || this.#state !== 'live') continue;
      const lane = index === 0 ? 0 : 1;
      const expected = sessions.seq(this.slot, lane) + 1;
      this.#link.send(nackFrame(frameNack('busy', { lane, seq: expected, expected })));
    }
  }

  #send<K extends ControlKind>(kind: K, body: ControlBodies[K]): void {
    this.#link.send(encodeControlFrame(kind, body));
  }
}

function siteTime({ clock }: DeviceCore): number {
  return Math.max(0, Math.round(clock.now()));
}
