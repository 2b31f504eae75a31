import { map } from 'rxjs';
import { defineDetector, isError, option, type Job } from '../src/plugin.ts';

/** Asks the model `payment_sizes` about each failed payment, and fires when it is unusual. */
export const unusualPayment = defineDetector({
  type: 'unusual_payment',
  version: 1,
  doc: 'A failed payment that the model finds unusual.',
  subjects: ['service'],
  severity: 'medium',
  action: 'Look at the payment',
  options: {
    surprise: option.number({ doc: 'Fires from here on.', default: 4, min: 0, max: 16 }),
    longest: option.duration({ doc: 'Without a score: too long.', default: '30s' }),
  },
  create: ({ options: { surprise, longest }, finding }) => ({
    initial: (): number => 0,
    selector: () => (record) => isError(record.level) && record.durationMs !== undefined,
    deadline: () => undefined,
    // The state counts what was judged; asking changes nothing.
    pipeline: map(({ state, input }: Job<number>) => ({
      state,
      findings: [],
      requests:
        input.type === 'deadline'
          ? []
          : input.records.map(({ durationMs = 0 }, index) => ({
              model: 'payment_sizes',
              key: input.triggers[index] ?? '',
              trigger: input.triggers[index] ?? '',
              input: Float64Array.of(Math.log1p(durationMs)),
              timeoutMs: 2000,
              note: durationMs,
            })),
    })),
    answer(state, { answer, request, subject, at, model }) {
      const isScored = !('failure' in answer);
      const value = isScored ? answer.surprise : Number(request.note);
      const threshold = isScored ? surprise : longest;
      const facts = isScored
        ? { model, contributions: answer.contributions }
        : { fallback: answer.failure };
      const unit = isScored ? 'surprise' : 'ms';
      const evidence = { value, threshold, unit, windowMs: 0, samples: [], facts };
      const { trigger } = request;
      const summary = `unusual failed payment (${value} ${unit})`;
      const findings =
        value < threshold
          ? []
          : [finding({ action: 'open', subject, key: '', trigger, at, summary, evidence })];
      return { state: state + 1, findings };
    },
    snapshot: (state) => state,
    restore: (data) => (typeof data === 'number' ? data : 0),
  }),
});
