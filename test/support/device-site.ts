import { randomBytes, createHash } from 'node:crypto';
import type { Clock } from '../../src/core/clock.ts';
import { noMetrics, type Metrics } from '../../src/core/metrics.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import { noTracer, type Tracer } from '../../src/core/trace.ts';
import { createDeviceGateway, type DeviceGateway } from '../../src/gateway/device/gateway.ts';
import type { PenaltyBox } from '../../src/gateway/penalty-box.ts';
import { patientBox } from './patient-box.ts';
import type { DeviceGatewayOptions } from '../../src/gateway/device/core.ts';
import { SessionTable } from '../../src/gateway/device/sessions.ts';
import { createIntake, type Intake } from '../../src/gateway/intake.ts';
import type { IntakeLimits } from '../../src/gateway/limits.ts';
import type { Device, DeviceDirectory } from '../../src/gateway/site-api.ts';
import { laneOf, type FrameClass } from '../../src/model/frame.ts';
import { generateDeviceKey, type DeviceKey } from '../../src/security/device-key.ts';
import type { ControlBodies, ControlKind, HelloBody } from '../../src/wire/control-bodies.ts';
import { decodeControl, encodeControlFrame } from '../../src/wire/control.ts';
import { bodyOf, encodeFrame, FRAME, splitFrames, type Frame } from '../../src/wire/frame.ts';
import { signHello } from '../../src/wire/hello.ts';
import { MemoryJournal } from './memory-journal.ts';

/** Enrolled watches in memory, each with a key of its own. */
export class TestDirectory implements DeviceDirectory {
  readonly #devices = new Map<string, Device>();
  readonly #keys = new Map<string, DeviceKey>();
  readonly #listeners = new Set<(id: string) => void>();

  enroll(id: string, key: DeviceKey = generateDeviceKey()): DeviceKey {
    this.#keys.set(id, key);
    this.#devices.set(id, { id, publicKey: key.publicKey, revoked: false, enrolledAt: 0 });
    return key;
  }

  key(id: string): DeviceKey {
    const key = this.#keys.get(id);
    if (key === undefined) throw new Error(`The test did not enrol ${id}.`);
    return key;
  }

  revoke(id: string): void {
    const device = this.#devices.get(id);
    if (device !== undefined) this.#devices.set(id, { ...device, revoked: true });
    for (const listener of this.#listeners) listener(id);
  }

  find(id: string): Device | undefined {
    return this.#devices.get(id);
  }

  onRevoked(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}

export const SITE_KEY = {
  id: 'ab'.repeat(16),
  publicKey: new Uint8Array(32).fill(7),
  notBefore: 0,
};

export interface TestSite {
  readonly clock: Clock;
  readonly journal: MemoryJournal;
  readonly intake: Intake;
  readonly sessions: SessionTable;
  readonly directory: TestDirectory;
  readonly gateway: DeviceGateway;
}

export interface TestSiteOptions {
  readonly clock?: Clock;
  readonly journal?: MemoryJournal;
  readonly sessions?: SessionTable;
  readonly directory?: TestDirectory;
  readonly metrics?: Metrics;
  readonly tracer?: Tracer;
  readonly intakeLimits?: Partial<IntakeLimits>;
  readonly limits?: DeviceGatewayOptions['limits'];
  readonly penalties?: PenaltyBox;
}

/** The parts of {@link createCore} over a journal in memory. */
export function testParts(options: TestSiteOptions = {}): Omit<TestSite, 'gateway'> & {
  readonly options: DeviceGatewayOptions;
} {
  const clock = options.clock ?? new SimulatedClock();
  const journal = options.journal ?? new MemoryJournal();
  const metrics = options.metrics ?? noMetrics;
  const intake = createIntake({ journal, clock, metrics, limits: options.intakeLimits });
  const sessions = options.sessions ?? new SessionTable();
  const directory = options.directory ?? new TestDirectory();
  const keyRing = {
    current: () => SITE_KEY,
    find: (id: string) => (id === SITE_KEY.id ? SITE_KEY : undefined),
  };
  const shared = {
    site: 'test',
    clock,
    metrics,
    logger: silentLogger,
    intake,
    sessions,
    directory,
  };
  const rest = {
    tracer: options.tracer ?? noTracer,
    keyRing,
    limits: options.limits ?? {},
    penalties: options.penalties ?? patientBox(clock),
  };
  return { clock, journal, intake, sessions, directory, options: { ...shared, ...rest } };
}

export function testSite(options: TestSiteOptions = {}): TestSite {
  const { options: gatewayOptions, ...parts } = testParts(options);
  return { ...parts, gateway: createDeviceGateway(gatewayOptions) };
}

export interface HelloOptions {
  readonly device: string;
  readonly epoch?: number;
  readonly acked?: readonly [number, number];
  readonly enc?: Uint8Array;
  readonly keyId?: string;
}

function unsigned({
  device,
  epoch = 1,
  acked = [0, 0],
  enc,
  keyId,
}: HelloOptions): Omit<HelloBody, 'signature'> {
  return {
    device,
    epoch,
    key_id: keyId ?? SITE_KEY.id,
    enc: enc ?? new Uint8Array(32).fill(epoch),
    acked,
    firmware: 'test',
    clock: 0,
  };
}

/** A signed hello frame that answers a challenge. */
export function helloFrame(options: HelloOptions, nonce: Uint8Array, key: DeviceKey): Uint8Array {
  return encodeControlFrame(
    FRAME.hello,
    signHello(unsigned(options), { challenge: nonce }, key.privateKey),
  );
}

/** The body of a POST: a hello signed over `rest`, then `rest`. */
export function postBody(
  options: HelloOptions & { readonly signedAt: number },
  frames: readonly Uint8Array[],
  key: DeviceKey,
): Uint8Array {
  const rest = Buffer.concat(frames);
  const bodyHash = createHash('sha256').update(rest).digest();
  const context = { signedAt: options.signedAt, bodyHash };
  const hello = signHello(unsigned(options), context, key.privateKey);
  return Buffer.concat([encodeControlFrame(FRAME.hello, hello), rest]);
}

/** A data frame that nobody can open: the gateway must not care. */
export function dataFrame(
  frameClass: FrameClass,
  seq: number,
  { epoch = 1, bytes = 40 } = {},
): Uint8Array {
  const header = { kind: FRAME.data, frameClass, lane: laneOf(frameClass), epoch, seq };
  return encodeFrame(header, randomBytes(bytes));
}

/** Frames of one kind among what a gateway sent, decoded. */
export function bodiesOf<K extends ControlKind>(
  kind: K,
  messages: readonly Uint8Array[],
): ControlBodies[K][] {
  return messages
    .flatMap((message): readonly Frame[] => splitFrames(message))
    .filter(({ header }) => header.kind === kind)
    .map(({ frame }) => decodeControl(kind, bodyOf(frame)));
}
