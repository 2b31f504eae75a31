import assert from 'node:assert/strict';
import { buildFaultSite, type Mutation } from '../support/fault/build-site.ts';
import { runFaults, type FaultRunOptions } from '../support/fault/run.ts';
import { describe } from '../support/suite.ts';

interface Defect {
  readonly name: string;
  readonly mutations: readonly Mutation[];
  readonly run?: Partial<FaultRunOptions>;
}

/** A far end that refuses most deliveries, so that notifications wait from one life of the site to the next. */
const SLUGGISH = { sink: { refusal: 0.7, slowMs: 150 } };

const DEFECTS: readonly Defect[] = [
  { name: 'ack before fsync', mutations: [], run: { ackEarlyMs: 250 } },
  {
    name: 'no deduplication',
    mutations: [
      {
        file: 'gateway/device/frame-desk.ts',
        find: 'if (header.seq <= last) return this.#repeated(sender, header);',
        replace: 'void this.#repeated;',
      },
    ],
  },
  {
    name: 'session table not restored',
    mutations: [
      {
        file: 'app/session-companion.ts',
        find: 'sessions.restore(bytes);',
        replace: 'void bytes;',
      },
    ],
  },
  {
    name: 'outbox not in the snapshot',
    mutations: [
      {
        file: 'actors/site-state.ts',
        find: "      ['outbox', packPart(this.outbox.snapshot())],\n",
        replace: '',
      },
    ],
    run: SLUGGISH,
  },
  {
    name: 'timers not in the snapshot',
    mutations: [
      {
        file: 'actors/site-state.ts',
        find: "      ['deadlines', packPart([...this.timers.entries()])],\n",
        replace: '',
      },
    ],
  },
  {
    name: 'restart without the detectors’ states',
    mutations: [
      {
        file: 'actors/subject/subject-codec.ts',
        find: 'if (own?.version === detector.version)',
        replace: 'if (own?.version === -1)',
      },
    ],
  },
  {
    name: 'delivered before the far end confirmed',
    mutations: [
      {
        file: 'actors/delivery.ts',
        find: 'await channel.deliver(notification);',
        replace:
          'this.#options.outbox.delivered(channel.name, notification.key); this.#options.onDelivered(channel.name, notification); await channel.deliver(notification);',
      },
    ],
    run: SLUGGISH,
  },
];

const seed = Number(process.env['FAULT_SEED'] ?? 5);

describe('The checker', (it) => {
  for (const [index, { name, mutations, run }] of DEFECTS.entries()) {
    it(
      `turns red within a few kills: ${name}`,
      async () => {
        const program = await buildFaultSite(`mutant-${index}`, mutations);
        const report = await runFaults({
          ...{ seed, program, kills: 4, watches: 8, upMs: 1200, settleMs: 1000 },
          ...run,
        });
        console.log(`${name}: ${report.violations[0]?.slice(0, 200) ?? 'not caught'}`);
        assert.notDeepEqual(report.violations, [], `not caught with seed ${seed}`);
      },
      { deadlineMs: 120_000 },
    );
  }
});
