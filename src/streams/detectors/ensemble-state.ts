import { MAX_SURPRISE } from '../../ml/calibration/surprise.ts';
import { BaseRate } from '../../ml/ensemble/base-rate.ts';
import type { Finding } from '../../model/finding.ts';
import { MAX_LEVELS, passedTo, unrisen } from './ensemble-rises.ts';
import type { Rises } from './ensemble-rises.ts';

/** What an ensemble knows of one member. */
export interface MemberState {
  readonly id: string;
  /** Hashes of the keys under which it fires now, at most {@link MAX_KEYS}; none when it does not. */
  readonly keys: readonly number[];
  /** Of its firing; 0 when it does not fire. */
  readonly surprise: number;
  /** Its base rate: steps and those in which it began to fire, both fading. */
  readonly steps: number;
  readonly fired: number;
  /** The step of its newest beginning; -1 before the first. */
  readonly slot: number;
}

/** Members that were heard so far, in order of the first time. Below 1.2 KB. */
export interface EnsembleState {
  readonly members: readonly MemberState[];
  readonly isOpen: boolean;
  /** Of all members together, after the newest place. */
  readonly surprise: number;
  /** The same as if members did not depend on each other. */
  readonly independent: number;
  /** What was taken from it; the same for as long as the alert is open. */
  readonly dependence: number;
  /** `undefined` before the first finding. */
  readonly rises: Rises | undefined;
}

export const SILENT: EnsembleState = Object.freeze({
  members: Object.freeze([]),
  isOpen: false,
  surprise: 0,
  independent: 0,
  dependence: 0,
  rises: undefined,
});

/** Keys of one member that are told apart; an update of a further one is heard once there is room. */
export const MAX_KEYS = 8;

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** A base rate forgets within so many weeks. */
const HORIZON_WEEKS = 4;

/** The state after one finding of a member; how all of them look together is judged elsewhere. */
export function afterFinding(
  members: readonly MemberState[],
  finding: Finding,
  stepMs: number,
): readonly MemberState[] {
  const place = members.findIndex(({ id }) => id === finding.detector);
  const before = members[place] ?? unheard(finding.detector, stepMs);
  const after =
    finding.action === 'resolve' ? quieter(before, finding) : louder(before, finding, stepMs);
  return place < 0 ? [...members, after] : members.with(place, after);
}

/** How often all members rose together, at the step of a finding. */
export function risesAt({ rises }: EnsembleState, at: number, stepMs: number): Rises {
  const before = rises ?? unrisen(WEEK_MS / stepMs);
  return passedTo(before, Math.floor(at / stepMs), (HORIZON_WEEKS * WEEK_MS) / stepMs);
}

/** As if it had been watched for a week in which it was quiet. */
function unheard(id: string, stepMs: number): MemberState {
  return { id, keys: [], surprise: 0, steps: WEEK_MS / stepMs, fired: 0, slot: -1 };
}

function quieter(member: MemberState, { key }: Finding): MemberState {
  const hash = hashOf(key);
  const keys = member.keys.filter((each) => each !== hash);
  return { ...member, keys, surprise: keys.length === 0 ? 0 : member.surprise };
}

function louder(before: MemberState, finding: Finding, stepMs: number): MemberState {
  const begun = before.keys.length === 0 ? beginning(before, finding.at, stepMs) : before;
  const hash = hashOf(finding.key);
  const isKnown = begun.keys.includes(hash) || begun.keys.length >= MAX_KEYS;
  const surprise = toldSurprise(finding) ?? begun.surprise;
  return { ...begun, keys: isKnown ? begun.keys : [...begun.keys, hash], surprise };
}

/** It begins to fire: as surprising as that was rare, until a model says otherwise. */
function beginning(member: MemberState, at: number, stepMs: number): MemberState {
  const horizon = (HORIZON_WEEKS * WEEK_MS) / stepMs;
  const rate = BaseRate.from({ horizon, steps: member.steps, fired: member.fired });
  const slot = Math.max(member.slot, Math.floor(at / stepMs));
  if (member.slot >= 0) rate.pass(Math.max(0, slot - member.slot - 1));
  const surprise = Math.min(MAX_SURPRISE, rate.surprise(true));
  rate.update(true);
  const { steps, fired } = rate.state();
  return { ...member, surprise, steps, fired, slot };
}

/** What a model said; `undefined` of a rule, or where a rule stood in for the model. */
function toldSurprise({ evidence: { facts } }: Finding): number | undefined {
  const told = facts['surprise'];
  if (typeof told !== 'number' || !(told >= 0)) return undefined;
  return Math.min(MAX_SURPRISE, told);
}

/** 32 bits of FNV-1a over UTF-16 units: keys can be long, and are only told apart. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

const VERSION = 2;

/** The state as plain data for msgpack, without names of fields. */
export function writeEnsemble(state: EnsembleState): unknown {
  const { members, isOpen, surprise, independent, dependence, rises } = state;
  const rows = members.map(({ id, keys, surprise: own, steps, fired, slot }) => [
    id,
    [...keys],
    own,
    steps,
    fired,
    slot,
  ]);
  return [VERSION, isOpen, [surprise, independent, dependence], rows, writeRises(rises)];
}

function writeRises(rises: Rises | undefined): readonly number[] {
  if (rises === undefined) return [];
  const { steps, slot, most, levels } = rises;
  return [steps, slot, most, ...levels.flatMap(({ surprise, weight }) => [surprise, weight])];
}

type Row = readonly [string, readonly number[], number, number, number, number];

/** Inverse of {@link writeEnsemble}; silent for data of another version. */
export function readEnsemble(data: unknown): EnsembleState {
  if (!Array.isArray(data) || data[0] !== VERSION) return SILENT;
  const [, isOpen, verdict, rows, rises] = data as readonly unknown[];
  if (!areNumbers(verdict) || !Array.isArray(rows) || !areNumbers(rises)) return SILENT;
  const members = (rows as readonly Row[]).map(([id, keys, surprise, steps, fired, slot]) => {
    return { id, keys: [...keys], surprise, steps, fired, slot };
  });
  const [surprise = 0, independent = 0, dependence = 0] = verdict;
  return {
    members,
    isOpen: isOpen === true,
    surprise,
    independent,
    dependence,
    rises: readRises(rises),
  };
}

function areNumbers(data: unknown): data is readonly number[] {
  return Array.isArray(data) && data.every((item) => typeof item === 'number');
}

function readRises([steps, slot, most, ...pairs]: readonly number[]): Rises | undefined {
  if (steps === undefined || slot === undefined || most === undefined) return undefined;
  const count = Math.min(MAX_LEVELS, Math.floor(pairs.length / 2));
  const levels = Array.from({ length: count }, (_, index) => ({
    surprise: pairs[2 * index] ?? 0,
    weight: pairs[2 * index + 1] ?? 0,
  }));
  return { steps, slot, most, levels };
}
