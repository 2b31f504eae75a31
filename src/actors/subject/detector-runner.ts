import { messageOf } from '../../core/errors.ts';
import { backoffMs } from '../../core/backoff.ts';
import type { Finding } from '../../model/finding.ts';
import { toToken, type SubjectId } from '../../model/subject.ts';
import type { Detection, Detector, DetectorInput, RecordsInput } from '../../streams/detector.ts';
import type { ActorRef } from '../kernel/ref.ts';
import { RestartBudget } from '../kernel/restart-budget.ts';
import type { SubjectContext } from './context.ts';
import { spawnDetector, type DetectorMessage } from './detector-actor.ts';

/** One step of a detector from the subject's committed state; `lsn` is the newest entry of the batch, or the tick's. */
export interface Job {
  readonly detector: Detector;
  readonly state: unknown;
  readonly input: DetectorInput;
  readonly lsn: number;
}

/** A step's result: the detection, and until when the detector is to be left out if it failed too often. */
export interface Step {
  readonly detection: Detection<unknown>;
  readonly quarantinedUntil: number | undefined;
}

/** How often one record may fail before it is set aside (RELIABILITY C11). */
const ATTEMPTS = 3;
const INCIDENTS = { limit: 3, windowMs: 60_000 };
const QUARANTINE_MS = 600_000;
const BACKOFF = { firstMs: 100, maxMs: 30_000, jitter: 0.2 };

interface Child {
  readonly ref: ActorRef<DetectorMessage>;
  readonly incidents: RestartBudget;
  incidentCount: number;
}

/**
 * The detectors of one subject, each an actor of its own, spawned when it
 * first has something to do. A step that throws is tried again from the
 * committed state, record by record; the record that fails three times goes
 * to the dead letters and the rest is processed. Three such records within a
 * minute quarantine the detector on this subject for ten minutes of site time.
 */
export class DetectorRunner {
  readonly #context: SubjectContext;
  readonly #subject: SubjectId;
  readonly #parent: ActorRef<never>;
  readonly #children = new Map<string, Child>();

  constructor(context: SubjectContext, subject: SubjectId, parent: ActorRef<never>) {
    this.#context = context;
    this.#subject = subject;
    this.#parent = parent;
  }

  /** Never rejects for what a detector throws. */
  async run(job: Job): Promise<Step> {
    const { detector, state, lsn } = job;
    const input =
      job.input.type === 'records' ? this.#withoutSkipped(detector, job.input) : job.input;
    const unchanged = { state, findings: [] };
    if (input.type === 'deadline') {
      const until = this.#quarantineAt(detector, lsn);
      if (until !== undefined) return this.#quarantined(detector, unchanged, { until, lsn });
    }
    if (input.type === 'records' && input.records.length === 0)
      return this.#replayed(job, unchanged);
    const kept = { ...job, input };
    if (this.#context.suspects.has(`${detector.id}/${this.#subject}`)) return this.#oneByOne(kept);
    try {
      return this.#replayed(job, await this.#ask(kept));
    } catch {
      return this.#oneByOne(kept);
    }
  }

  /** A quarantine that was journalled before a crash holds again from the same entry on. */
  #replayed({ detector, lsn }: Job, detection: Detection<unknown>): Step {
    const until = this.#quarantineAt(detector, lsn);
    if (until === undefined) return { detection, quarantinedUntil: undefined };
    return this.#quarantined(detector, detection, { until, lsn });
  }

  #quarantineAt(detector: Detector, lsn: number): number | undefined {
    const { outcomes } = this.#context;
    return outcomes.isEmpty ? undefined : outcomes.quarantineAt(this.#subject, detector.id, lsn);
  }

  #withoutSkipped(detector: Detector, input: RecordsInput): RecordsInput {
    const { outcomes } = this.#context;
    if (outcomes.isEmpty) return input;
    const keep = input.triggers.map((trigger) => !outcomes.isSkipped(trigger, detector.id));
    return {
      ...input,
      records: input.records.filter((_, index) => keep[index]),
      triggers: input.triggers.filter((_, index) => keep[index]),
    };
  }

  async #oneByOne(job: Job): Promise<Step> {
    const { detector, lsn } = job;
    let { state } = job;
    const findings: Finding[] = [];
    for (const input of singles(job.input)) {
      const step = { ...job, state, input };
      const { detection, error } = await this.#tryStep(step);
      if (detection !== undefined) {
        state = detection.state;
        findings.push(...detection.findings);
        continue;
      }
      await this.#setAside(step, messageOf(error).slice(0, 200));
      if (this.#isTooMuch(step)) {
        const until = this.#context.time.now + QUARANTINE_MS;
        await this.#journalQuarantine(detector, until, lsn);
        return this.#quarantined(detector, { state, findings }, { until, lsn });
      }
    }
    return this.#replayed(job, { state, findings });
  }

  async #tryStep(
    step: Job,
  ): Promise<{ detection: Detection<unknown> | undefined; error: unknown }> {
    let error: unknown;
    for (let attempt = 1; attempt < ATTEMPTS; attempt += 1) {
      try {
        return { detection: await this.#ask(step), error: undefined };
      } catch (thrown) {
        error = thrown;
      }
    }
    return { detection: undefined, error };
  }

  async #setAside({ detector, input, lsn: newest }: Job, reason: string): Promise<void> {
    const trigger = input.type === 'records' ? (input.triggers[0] ?? '') : `${newest}.0`;
    const [lsn = newest, ordinal = 0] = trigger.split('.').map(Number);
    this.#context.deadLetter({
      id: `${lsn}.${ordinal}.${detector.id}`,
      lsn,
      ordinal,
      subject: this.#subject,
      stage: detector.id,
      reason,
      pointer: '',
      at: this.#context.time.now,
      body: new Uint8Array(),
    });
    if (input.type === 'deadline') return;
    const { id } = detector;
    await this.#context.outcome({
      type: 'skipped',
      lsn,
      ordinal,
      detector: id,
      subject: this.#subject,
      reason,
    });
  }

  /** A deadline has no record to blame, so the detector itself is set aside at once. */
  #isTooMuch({ detector, input }: Job): boolean {
    const child = this.#child(detector);
    child.incidentCount += 1;
    return child.incidents.spend() >= INCIDENTS.limit || input.type === 'deadline';
  }

  async #journalQuarantine(detector: Detector, until: number, lsn: number): Promise<void> {
    await this.#context.outcome({
      type: 'quarantined',
      lsn,
      subject: this.#subject,
      detector: detector.id,
      until,
      reason: 'failed 3 times within a minute',
    });
  }

  #quarantined(
    detector: Detector,
    detection: Detection<unknown>,
    { until, lsn }: { until: number; lsn: number },
  ): Step {
    const child = this.#children.get(detector.id);
    if (child !== undefined) this.#context.system.stop(child.ref, 'quarantined');
    this.#children.delete(detector.id);
    const finding = quarantineFinding(detector, this.#subject, {
      until,
      lsn,
      now: this.#context.time.now,
    });
    return {
      detection: { state: detection.state, findings: [...detection.findings, finding] },
      quarantinedUntil: until,
    };
  }

  #ask({ detector, state, input, lsn }: Job): Promise<Detection<unknown>> {
    return new Promise((resolve, reject) => {
      const message = { state, input, lsn, resolve, reject };
      const isSent = this.#context.system.tell(this.#child(detector).ref, message);
      if (!isSent) reject(new Error('The detector takes no messages.'));
    });
  }

  #child(detector: Detector): Child {
    const existing = this.#children.get(detector.id);
    if (existing !== undefined) return existing;
    const { system, breadcrumbs, time } = this.#context;
    const child: Child = {
      ref: spawnDetector({
        system,
        parent: this.#parent,
        name: toToken(detector.id),
        detector,
        breadcrumbs,
        restartDelayMs: () => restartDelayMs(child.incidentCount, this.#context.random),
      }),
      // Site time, so that a replay spends the budget exactly as the live run did.
      incidents: new RestartBudget(INCIDENTS, () => time.now),
      incidentCount: 0,
    };
    this.#children.set(detector.id, child);
    return child;
  }
}

/** The input cut into steps of one record each. */
function singles(input: DetectorInput): DetectorInput[] {
  if (input.type === 'deadline') return [input];
  return input.records.map((record, index) => ({
    ...input,
    records: [record],
    triggers: [input.triggers[index] ?? ''],
  }));
}

/** Pinning a bad record down costs no wait; a detector that keeps failing waits longer each time. */
function restartDelayMs(incidents: number, random: () => number): number {
  return incidents === 0 ? 0 : backoffMs(incidents - 1, BACKOFF, random);
}

function quarantineFinding(
  detector: Detector,
  subject: SubjectId,
  { until, lsn, now }: { until: number; lsn: number; now: number },
): Finding {
  return {
    action: 'open',
    detector: detector.id,
    version: detector.version,
    type: 'detector_quarantined',
    severity: 'high',
    subject,
    key: 'quarantine',
    trigger: `quarantine:${lsn}`,
    at: now,
    summary: `${detector.id} failed 3 times on ${subject} and is left out for 10 minutes`,
    actionRequired: 'Look at the dead letters and mend the detector',
    evidence: {
      value: INCIDENTS.limit,
      threshold: INCIDENTS.limit,
      unit: 'failures',
      windowMs: INCIDENTS.windowMs,
      samples: [],
      facts: { until },
    },
  };
}
