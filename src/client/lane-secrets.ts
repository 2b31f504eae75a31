import { concatBytes } from '../security/bytes.ts';
import type { Lane } from '../model/frame.ts';
import { LANE_KEY_BYTES, LANE_NONCE_BYTES } from '../wire/seal-context.ts';

/** What seals the frames of one lane of one epoch. */
export interface LaneSecrets {
  readonly key: Uint8Array;
  readonly baseNonce: Uint8Array;
}

const LANE_BYTES = LANE_KEY_BYTES + LANE_NONCE_BYTES;

/** Both lanes' secrets as one piece, as a buffer store keeps them. */
export function joinSecrets(lanes: readonly LaneSecrets[]): Uint8Array {
  return concatBytes(...lanes.flatMap(({ key, baseNonce }) => [key, baseNonce]));
}

export function splitSecrets(secrets: Uint8Array, lane: Lane): LaneSecrets {
  const own = secrets.subarray(lane * LANE_BYTES, (lane + 1) * LANE_BYTES);
  return { key: own.subarray(0, LANE_KEY_BYTES), baseNonce: own.subarray(LANE_KEY_BYTES) };
}
