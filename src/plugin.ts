/**
 * What authors of plugins import: how to define a detector, its options, and
 * the types of what it sees and says. See docs/detectors.md.
 */
export { defineDetector } from './streams/define-detector.ts';
export type {
  DetectorContext,
  DetectorLogic,
  DetectorSpec,
  DetectorType,
  FindingFacts,
} from './streams/define-detector.ts';
export type { Job, Pipeline } from './streams/chain.ts';
export type {
  Activity,
  DeadlineInput,
  Detection,
  Detector,
  DetectorInput,
  ExplainContext,
  Explanation,
  FindingsInput,
  ModelInput,
  RecordsInput,
  ScoreInput,
  ScoreRequest,
} from './streams/detector.ts';
export { runDetector } from './streams/harness.ts';
export type { HarnessStep } from './streams/harness.ts';
export { option } from './core/options.ts';
export type { Option, OptionsOf, OptionsSpec } from './core/options.ts';
export type { Evidence, EvidenceSample, Finding } from './model/finding.ts';
export { isError } from './model/level.ts';
export type { Level, LevelName } from './model/level.ts';
export type { LogRecord, Vitals } from './model/record.ts';
export type { Severity } from './model/severity.ts';
export { subjectId } from './model/subject.ts';
export type { SubjectId, SubjectKind } from './model/subject.ts';
