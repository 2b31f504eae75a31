import { messageOf } from '../../core/errors.ts';
import { backoffMs } from '../../core/backoff.ts';
import type { Finding } from '../../model/finding.ts';
import type { SubjectId } from '../../model/subject.ts';
import type { Detection, Detector, ScoreRequest, StepInput } from '../../streams/detector.ts';
import type { ActorRef } from '../kernel/ref.ts';
import type { Quarantine } from '../outcomes.ts';
import type { SubjectContext } from './context.ts';
import { spawnDetector, type DetectorMessage } from './detector-actor.ts';
import {
  before,
  isEmpty,
  isMany,
  placeOf,
  singles,
  triggerOf,
  type Job,
  type Place,
  type Step,
} from './job.ts';
import { INCIDENTS, QUARANTINE_MS, quarantineFinding } from './quarantine-finding.ts';

/** How often one record may fail before it is set aside (RELIABILITY C11). */
const ATTEMPTS = 3;
const BACKOFF = { firstMs: 100, maxMs: 30_000, jitter: 0.2 };

interface Child {
  readonly ref: ActorRef<DetectorMessage>;
  incidentCount: number;
}

/**
 * The detectors of one subject, each an actor of its own, spawned when it
 * first has something to do. A step that throws is tried again from the
 * committed state, record by record; the record that fails three times goes
 * to the dead letters and the rest is processed. Three such records within a
 * minute quarantine the detector on this subject for ten minutes of site time.
 * When they were is part of the subject's state, and a record that a replay
 * skips counts as it did when it failed, so that a replay decides the same.
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
    const known = this.#context.outcomes.isEmpty ? undefined : this.#knownQuarantine(job);
    const input = known === undefined ? job.input : before(job.input, known);
    const step = await this.#attempt({ ...job, input });
    const done =
      known === undefined
        ? step
        : { ...step, ...this.#quarantined(job.detector, step.detection, known) };
    this.#context.verdicts.note(job, done);
    return done;
  }

  async #attempt(job: Job): Promise<Step> {
    const { detector, state, input } = job;
    if (isEmpty(input)) return { detection: { state, findings: [] }, quarantinedUntil: undefined };
    if (this.#context.suspects.has(`${detector.id}/${this.#subject}`)) return this.#oneByOne(job);
    if (this.#skips(detector, input)) return this.#oneByOne(job);
    try {
      const detection = await this.#ask(job);
      // Which record made a finding shows only one by one; the committed state is still the same.
      const mustPlace = job.isHeard === true && detection.findings.length > 0 && isMany(input);
      return mustPlace ? await this.#oneByOne(job) : { detection, quarantinedUntil: undefined };
    } catch {
      return this.#oneByOne(job);
    }
  }

  /** A quarantine that was journalled before a crash holds again from the same record on. */
  #knownQuarantine({ detector, input, lsn }: Job): Quarantine | undefined {
    const of = { subject: this.#subject, detector: detector.id };
    const [first = '', last = ''] =
      input.type === 'records'
        ? [input.triggers[0], input.triggers.at(-1)]
        : input.type === 'findings'
          ? [input.places[0], input.places.at(-1)]
          : Array.from({ length: 2 }, () => (input.type === 'score' ? input.place : `${lsn}.0`));
    return this.#context.outcomes.quarantineWithin(of, first, last);
  }

  /** Whether some record of the input was set aside before a crash. */
  #skips(detector: Detector, input: StepInput): boolean {
    const { outcomes } = this.#context;
    if (outcomes.isEmpty || input.type === 'deadline') return false;
    if (input.type === 'score') return outcomes.isSkipped(input.place, detector.id);
    const places = input.type === 'records' ? input.triggers : input.places;
    return places.some((place) => outcomes.isSkipped(place, detector.id));
  }

  async #oneByOne(job: Job): Promise<Step> {
    const { detector } = job;
    let { state, incidents } = job;
    const findings: Finding[] = [];
    const requests: ScoreRequest[] = [];
    const places: string[] = [];
    for (const input of singles(job.input)) {
      const step = { ...job, state, input };
      const detection = await this.#stepOrSetAside(step);
      if (detection !== undefined) {
        state = detection.state;
        findings.push(...detection.findings);
        for (const _ of detection.findings) places.push(triggerOf(input) ?? `${job.lsn}.0`);
        requests.push(...(detection.requests ?? []));
        continue;
      }
      incidents = this.#spend(incidents);
      // A deadline has no record to blame, so the detector itself is set aside at once.
      if (incidents.length >= INCIDENTS.limit || input.type === 'deadline') {
        const quarantine = { ...placeOf(step), until: this.#context.time.now + QUARANTINE_MS };
        await this.#journalQuarantine(detector, quarantine);
        const spent = this.#quarantined(detector, { state, findings, requests }, quarantine);
        return { ...spent, places };
      }
    }
    const step = { detection: { state, findings, requests }, quarantinedUntil: undefined, places };
    return incidents === undefined || incidents === job.incidents ? step : { ...step, incidents };
  }

  /** The detection; `undefined` for a record that is set aside now, or was before a crash. */
  async #stepOrSetAside(step: Job): Promise<Detection<unknown> | undefined> {
    if (this.#skips(step.detector, step.input)) return undefined;
    const { detection, error } = await this.#tryStep(step);
    if (detection !== undefined) return detection;
    await this.#setAside(step, placeOf(step), messageOf(error).slice(0, 200));
    this.#child(step.detector).incidentCount += 1;
    return undefined;
  }

  /** One incident more, in site time; those that are too long ago are left out. */
  #spend(incidents: readonly number[] = []): readonly number[] {
    const { now } = this.#context.time;
    return [...incidents.filter((at) => now - at < INCIDENTS.windowMs), now];
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

  async #setAside(
    { detector, input }: Job,
    { lsn, ordinal }: Place,
    reason: string,
  ): Promise<void> {
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

  async #journalQuarantine(detector: Detector, quarantine: Quarantine): Promise<void> {
    await this.#context.outcome({
      type: 'quarantined',
      ...quarantine,
      subject: this.#subject,
      detector: detector.id,
      reason: 'failed 3 times within a minute',
    });
  }

  #quarantined(detector: Detector, detection: Detection<unknown>, quarantine: Quarantine): Step {
    const child = this.#children.get(detector.id);
    if (child !== undefined) this.#context.system.stop(child.ref, 'quarantined');
    this.#children.delete(detector.id);
    const finding = quarantineFinding(detector, this.#subject, quarantine);
    return {
      detection: { ...detection, findings: [...detection.findings, finding] },
      quarantinedUntil: quarantine.until,
      incidents: [],
    };
  }

  async #ask(job: Job): Promise<Detection<unknown>> {
    const { tracer, clock } = this.#context;
    if (!tracer.isOn) return this.#tell(job);
    const start = clock.monotonic();
    const detection = await this.#tell(job);
    const name = `detector.${job.detector.id}`;
    tracer.record({ name, trace: `lsn:${job.lsn}`, start, end: clock.monotonic() });
    return detection;
  }

  #tell({ detector, state, input, lsn }: Job): Promise<Detection<unknown>> {
    return new Promise((resolve, reject) => {
      const message = { detector, state, input, lsn, resolve, reject };
      const isSent = this.#context.system.tell(this.#child(detector).ref, message);
      if (!isSent) reject(new Error('The detector takes no messages.'));
    });
  }

  #child(detector: Detector): Child {
    const existing = this.#children.get(detector.id);
    if (existing !== undefined) return existing;
    const { system, breadcrumbs } = this.#context;
    const child: Child = {
      ref: spawnDetector({
        system,
        parent: this.#parent,
        name: detector.id,
        breadcrumbs,
        restartDelayMs: () => restartDelayMs(child.incidentCount, this.#context.random),
      }),
      incidentCount: 0,
    };
    this.#children.set(detector.id, child);
    return child;
  }
}

/** Pinning a bad record down costs no wait; a detector that keeps failing waits longer each time. */
function restartDelayMs(incidents: number, random: () => number): number {
  return incidents === 0 ? 0 : backoffMs(incidents - 1, BACKOFF, random);
}
