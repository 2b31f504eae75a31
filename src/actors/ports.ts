import type { Cancel } from '../core/clock.ts';
import type { Contribution } from '../model/journal-entry.ts';
import type { LogRecord } from '../model/record.ts';
import type { ModelInput } from '../streams/detector.ts';
import type { WireRecord } from '../store/store.ts';

/** What a hello established, as plain data: enough to derive the lane keys again. */
export interface SealedSession {
  readonly epoch: number;
  readonly keyId: string;
  readonly enc: Uint8Array;
}

declare const openSession: unique symbol;

/** Derived lane keys of one (device, epoch); never leaves memory. */
export interface OpenSession {
  readonly [openSession]?: true;
}

/** Unseals what the journal holds. Throws WatchkeeperErrors for what cannot be opened. */
export interface Opener {
  /** Checks the signature of a journalled hello and returns its session. */
  verifyHello(body: Uint8Array, device: string, publicKey: Uint8Array): SealedSession;
  session(device: string, sealed: SealedSession): OpenSession;
  open(session: OpenSession, frame: Uint8Array): Uint8Array;
  openGroup(body: Uint8Array): { readonly service: string; readonly payload: Uint8Array };
}

/** Payload → validated records and what the store wants to know of them. */
export interface RecordDecoder {
  decode(payload: Uint8Array, context: DecodeContext): DecodedBatch;
  wire(payload: Uint8Array): readonly WireRecord[];
}

export interface DecodeContext {
  readonly observedAt: number;
  /** Added to every timestamp: how far the sender's clock is behind the site's. */
  readonly clockOffsetMs: number;
  /** For records that name no service. */
  readonly service: string;
  readonly deviceId: string | undefined;
  /** Leaves event times as they are, however old. */
  readonly keepsTime?: boolean;
}

export interface DecodedBatch {
  readonly records: readonly LogRecord[];
  /** The received bytes, or re-encoded when something had to be normalised. */
  readonly payload: Uint8Array;
  readonly rejected: readonly {
    readonly ordinal: number;
    readonly pointer: string;
    readonly reason: string;
    /** The record as received. */
    readonly body: Uint8Array;
  }[];
  readonly clamped: number;
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
  readonly levels: readonly [number, number, number, number, number];
  readonly services: readonly string[];
  readonly users: readonly string[];
}

/** Reads the clear part of a journalled frame. */
export interface FrameReader {
  /** Which sealed frame it is, and its place in the sequence. */
  readHeader(frame: Uint8Array): {
    readonly kind: 'data' | 'gap';
    readonly epoch: number;
    readonly lane: 0 | 1;
    readonly seq: number;
    readonly frameClass: 0 | 1 | 2 | 3;
  };
  /** Opened body of a gap frame → how many records the sender dropped. */
  droppedRecords(body: Uint8Array): number;
  /** Offset in ms between the site's clock and the device's at hello; 0 when the device did not say. */
  clockOffset(helloBody: Uint8Array, observedAt: number): number;
}

/** Finds the templates of one source's messages, line by line; see docs/templates.md. */
export interface TemplateMiner {
  /** Learns from a message and names its template. */
  tally(message: string): {
    readonly id: string;
    /** The message is the first of its template. */
    readonly isNew: boolean;
    /** −log10 of the template's share of all messages, 0 to 6. */
    readonly rarity: number;
  };
  /** The template of a message, without learning; `undefined` when there is none. */
  match(
    message: string,
  ):
    | { readonly id: string; readonly template: string; readonly params: readonly string[] }
    | undefined;
  /** The id by which a template goes now; `undefined` when it is not held. */
  resolve(id: string): string | undefined;
  /** Templates held, oldest first. */
  templates(): readonly {
    readonly id: string;
    readonly template: string;
    readonly count: number;
  }[];
  /** `lines`: messages so far. */
  counters(): { readonly lines: number };
  /** All that it knows. */
  snapshot(): Uint8Array;
}

export interface TemplateMiners {
  /** A miner that goes on from a snapshot; that knows nothing when there is none, or none it can read. */
  open(kind: 'device' | 'service', snapshot: Uint8Array | undefined): TemplateMiner;
}

/** A trained model with its calibration, ready to score. */
export interface LiveModel {
  /** Id of its artefact: what alerts name. */
  readonly id: string;
  /** What it scores: vectors of features, or sequences of events. */
  readonly takes: 'vectors' | 'events';
  /** Hash of the feature set it was trained on; any vector of its width when left out. */
  readonly features?: string;
  /** Highest surprise that it was found to give when it was trained; unknown when left out. */
  readonly reach?: number;
  /**
   * One result for each input, in order. What takes longer than 10 ms gives a
   * promise and works elsewhere. Throws for what it cannot score.
   */
  score(inputs: readonly ModelInput[]): readonly Scored[] | Promise<readonly Scored[]>;
}

/** Thrown by a model that can score nothing now: there is no use in asking for fewer rows. */
export class ModelGone extends Error {}

/** What a model made of one input. */
export interface Scored {
  /** The model's own score, and what calibration made of it. */
  readonly raw: number;
  readonly surprise: number;
  /** At most 3, the greatest share first; none where the input is not unusual. */
  readonly contributions: readonly Contribution[];
}

/** What answers to a model's name. */
export interface ModelSlot {
  readonly live: LiveModel | undefined;
  /** Answers for this share of the subjects (0 to 1) in place of the live one. */
  readonly canary?: { readonly model: LiveModel; readonly share: number };
  /** Score the same inputs and are only compared. */
  readonly shadows: readonly LiveModel[];
}

/** The models in force, by name. What is asked next is asked of what is in force then. */
export interface LiveModels {
  /** `undefined` when nothing of that name is known. */
  get(name: string): ModelSlot | undefined;
  /** Calls back when what answers to a name has changed. */
  onChange(listener: (name: string) => void): Cancel;
}

/** No models at all. */
export const NO_MODELS: LiveModels = Object.freeze({
  get: () => undefined,
  onChange: () => () => undefined,
});
