import type { JSX } from 'preact';
import type { Evidence, EvidenceSample } from '../../../../model/finding.ts';
import { levelName } from '../../../../model/level.ts';
import {
  formatCount,
  formatDateTime,
  formatSpan,
  formatType,
  formatValue,
} from '../../logic/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { factText, LongFact } from './fact.tsx';

/** The measured value against its threshold, and the other facts. */
export function EvidencePanel({ evidence }: { evidence: Evidence }): JSX.Element {
  const facts = Object.entries(evidence.facts);
  const isShort = (fact: unknown): boolean => typeof fact !== 'object' || fact === null;
  const short = facts.filter(([, fact]) => isShort(fact));
  const long = facts.filter(([, fact]) => !isShort(fact));
  return (
    <Panel title="Evidence" testid="evidence">
      <Meter evidence={evidence} />
      {short.length === 0 ? null : (
        <dl class="facts">
          {short.map(([name, fact]) => (
            <div key={name}>
              <dt>{formatType(name)}</dt>
              <dd>{factText(name, fact)}</dd>
            </div>
          ))}
        </dl>
      )}
      {long.map(([name, fact]) => (
        <div key={name} class="long-fact">
          <h3>{formatType(name)}</h3>
          <LongFact value={fact} />
        </div>
      ))}
    </Panel>
  );
}

function Meter({
  evidence: { value, threshold, unit, windowMs },
}: {
  evidence: Evidence;
}): JSX.Element {
  const top = Math.max(value, threshold, 1) * 1.1;
  const percent = (part: number): string => `${Math.min(100, (part / top) * 100).toFixed(1)}%`;
  const words = `${formatValue(value, 1)} ${unit}`;
  const limit = `threshold ${formatValue(threshold, 1)}`;
  return (
    <>
      <div class="meter-words">
        <strong>{words}</strong>
        <span class="muted">
          {limit}
          {windowMs === 0 ? '' : ` within ${formatSpan(windowMs)}`}
        </span>
      </div>
      <div class="meter" role="img" aria-label={`${words}, ${limit}`}>
        <span class="meter-value" style={{ width: percent(value) }} />
        <span class="meter-threshold" style={{ left: percent(threshold) }} />
      </div>
    </>
  );
}

/** The records that made it fire, at most five. */
export function SamplesPanel({
  samples,
}: {
  samples: readonly EvidenceSample[];
}): JSX.Element | null {
  if (samples.length === 0) return null;
  return (
    <Panel title="Samples" aside={<span class="muted">{formatCount(samples.length)}</span>}>
      <ul class="samples" data-testid="samples">
        {samples.map((sample, index) => (
          <li key={index}>
            <div class="row">
              <span class={`level level-${levelName(sample.level)}`}>
                {levelName(sample.level)}
              </span>
              <time class="mono muted">{formatDateTime(sample.timestamp)}</time>
              <span class="muted">{sample.service}</span>
            </div>
            <code>{sample.message}</code>
            <p class="muted small-text">{sampleFacts(sample)}</p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function sampleFacts({ errorCode, durationMs, requestId, userId }: EvidenceSample): string {
  const known = [
    errorCode,
    durationMs == null ? undefined : `${formatCount(durationMs)} ms`,
    requestId == null ? undefined : `request ${requestId}`,
    userId == null ? undefined : `user ${userId}`,
  ];
  return known.filter((fact) => fact != null).join(' · ');
}
