import type { Link } from '../../src/gateway/device/link.ts';
import type { ControlBodies, ControlKind } from '../../src/wire/control-bodies.ts';
import { FRAME } from '../../src/wire/frame.ts';
import { bodiesOf } from './device-site.ts';

/** A transport that only records. */
export class RecordingLink implements Link {
  readonly sent: Uint8Array[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  isPaused = false;
  pings = 0;
  midMessage = false;
  onSend: ((message: Uint8Array) => void) | undefined;

  send(message: Uint8Array): void {
    if (this.closed !== undefined) return;
    this.sent.push(message);
    this.onSend?.(message);
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  ping(): void {
    this.pings += 1;
  }

  isMidMessage(): boolean {
    return this.midMessage;
  }

  bodies<K extends ControlKind>(kind: K): ControlBodies[K][] {
    return bodiesOf(kind, this.sent);
  }

  /** The highest acked number of each lane. */
  get acked(): [number, number] {
    const last: [number, number] = [0, 0];
    for (const { acks } of this.bodies(FRAME.ack)) {
      for (const [lane, seq] of acks) last[lane] = Math.max(last[lane], seq);
    }
    return last;
  }
}
