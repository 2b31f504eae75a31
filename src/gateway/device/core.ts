import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Metrics } from '../../core/metrics.ts';
import type { Tracer } from '../../core/trace.ts';
import type { PenaltyBox } from '../penalty-box.ts';
import type { Intake } from '../intake.ts';
import { DEVICE_LIMITS, INTAKE_LIMITS, type DeviceLimits, type IntakeLimits } from '../limits.ts';
import type { DeviceDirectory } from '../site-api.ts';
import { Beats } from './beats.ts';
import { Flow } from './flow.ts';
import { FrameDesk, type FrameEntry } from './frame-desk.ts';
import { HoldBudget } from './held.ts';
import { HelloDesk, type SiteKeys } from './hello-desk.ts';
import type { Peer } from './peer.ts';
import { RateMeter } from './rate-meter.ts';
import type { SessionTable } from './sessions.ts';
import { Tally } from './tally.ts';

export interface DeviceGatewayOptions {
  readonly site: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly directory: DeviceDirectory;
  readonly sessions: SessionTable;
  readonly intake: Intake;
  readonly keyRing: SiteKeys;
  /** The shares from which classes are shed must be those of the intake. */
  readonly limits?: Partial<DeviceLimits & Pick<IntakeLimits, 'shedDebug' | 'shedInformation'>>;
  /** Whether watches must show a TLS certificate that names them. @default false */
  readonly requireCertificate?: boolean;
  /** Lets addresses wait that keep sending what cannot be read. @default one with PENALTY_LIMITS */
  readonly penalties?: PenaltyBox;
  /** For challenges. @default node:crypto */
  readonly random?: (bytes: number) => Uint8Array;
}

/** What all connections of one gateway share. */
export interface DeviceCore {
  readonly site: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: DeviceLimits;
  readonly requireCertificate: boolean;
  readonly keys: SiteKeys;
  readonly sessions: SessionTable;
  readonly hellos: HelloDesk;
  readonly frames: FrameDesk;
  readonly flow: Flow;
  readonly hold: HoldBudget;
  readonly tally: Tally;
  readonly beats: Beats;
  /** Connections after hello, by slot of their device. */
  readonly online: Map<number, Peer>;
  /** Connections that wait for relief, in order of their turn. */
  readonly waiting: Set<Peer>;
  /** Connections that were told to stop a class. */
  readonly stopped: Set<Peer>;
  /** Nothing is taken in any more. */
  isDraining: boolean;
  readonly nextSession: () => string;
}

/** @param onDurable runs for each frame after it and all before it are durable. */
export function createCore(
  options: DeviceGatewayOptions,
  onDurable: (entry: FrameEntry) => void,
): DeviceCore {
  const { site, clock, logger, sessions, intake, keyRing: keys } = options;
  const limits = { ...DEVICE_LIMITS, ...INTAKE_LIMITS, ...options.limits };
  const tally = new Tally(options.metrics);
  let session = 0;
  return {
    site,
    clock,
    logger,
    limits,
    requireCertificate: options.requireCertificate ?? false,
    keys,
    sessions,
    tally,
    hellos: createHellos(options, { tally, signedSkewMs: limits.signedSkewMs }),
    frames: createFrames(options, { tally, limits, onDurable }),
    flow: new Flow(intake, limits),
    hold: new HoldBudget(limits.heldBytes),
    beats: new Beats(),
    online: new Map(),
    waiting: new Set(),
    stopped: new Set(),
    isDraining: false,
    nextSession: () => {
      session += 1;
      return `${site}-${session}`;
    },
  };
}

function createHellos(
  { sessions, intake, directory, keyRing: keys }: DeviceGatewayOptions,
  shared: { readonly tally: Tally; readonly signedSkewMs: number },
): HelloDesk {
  return new HelloDesk({ sessions, intake, directory, keys, ...shared });
}

function createFrames(
  { sessions, intake, tracer, clock }: DeviceGatewayOptions,
  shared: {
    readonly tally: Tally;
    readonly limits: DeviceLimits;
    readonly onDurable: (entry: FrameEntry) => void;
  },
): FrameDesk {
  const { tally, limits, onDurable } = shared;
  const meter = new RateMeter(sessions, limits);
  const now = (): number => clock.monotonic();
  return new FrameDesk({ sessions, intake, meter, tally, tracer, now, onDurable });
}
