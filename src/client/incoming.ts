import { WatchkeeperError } from '../core/errors.ts';
import type { CmdBody } from '../wire/control-bodies.ts';
import { decodeControl, encodeControlFrame } from '../wire/control.ts';
import { bodyOf, FRAME, type Frame } from '../wire/frame.ts';
import type { WatchOptions } from './watch-options.ts';
import type { NackAction, WatchSession } from './watch-session.ts';

/**
 * Applies a frame that means the same on every transport: ack, nack, flow, note.
 * @throws WatchkeeperError FRAME_MALFORMED for any other kind, and for what cannot be read.
 */
export function applyFrame(
  session: WatchSession,
  { header: { kind }, frame }: Frame,
  { onNote }: Pick<WatchOptions, 'onNote'>,
): NackAction {
  const body = bodyOf(frame);
  if (kind === FRAME.nack) return session.nack(decodeControl(kind, body));
  if (kind === FRAME.ack) session.ack(decodeControl(kind, body));
  else if (kind === FRAME.flow) session.flow(decodeControl(kind, body).credits);
  else if (kind === FRAME.note) onNote?.(decodeControl(kind, body));
  else throw new WatchkeeperError('FRAME_MALFORMED', `A frame of kind ${kind} came out of turn.`);
  return 'continue';
}

/** Why nothing more is sent: the site revoked the watch (403), or does not know it or its signature. */
export function refusal(device: string, status: number): WatchkeeperError {
  const code = status === 403 ? 'DEVICE_REVOKED' : 'UNAUTHENTICATED';
  return new WatchkeeperError(code, `The site refused the watch "${device}".`, {
    fix: 'Enrol the watch again, and check its clock.',
  });
}

/** The `res` frame for a command; what the handler throws is not passed on. */
export async function answerCommand(
  command: CmdBody,
  handler: WatchOptions['onCommand'],
): Promise<Uint8Array> {
  const { id } = command;
  if (handler === undefined) return answer(id, false, 'unsupported');
  try {
    return answer(id, true, await handler(command));
  } catch {
    return answer(id, false, 'failed');
  }
}

function answer(id: string, ok: boolean, result: unknown): Uint8Array {
  return encodeControlFrame(FRAME.res, { id, ok, result });
}
