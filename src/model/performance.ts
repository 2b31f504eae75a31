/**
 * How well one detector, or one version of a model, did over a window of site
 * time. Shares are 0 to 1; what too little is known for is absent.
 */
export interface PerformanceRow {
  /** Id of the detector, or of the model's artefact. */
  readonly id: string;
  /** Alerts it opened. */
  readonly opened: number;
  /** Of these, with any label. */
  readonly labelled: number;
  readonly useful: number;
  readonly false: number;
  readonly expected: number;
  /** Useful ÷ (useful + false), and its 95 % interval. */
  readonly precision?: number;
  readonly precisionLow?: number;
  readonly precisionHigh?: number;
  /** Share of the useful incidents in which it fired. */
  readonly recall?: number;
  readonly alertsPerShift: number;
  readonly acknowledged: number;
  /** From opening to acknowledgement, in ms of site time; nearest rank. */
  readonly ackP50Ms?: number;
  readonly ackP95Ms?: number;
}

/** What labels and acknowledgements say about the detectors of a site. */
export interface Performance {
  /** Site time, ms; alerts that opened from then until `at` were looked at. */
  readonly from: number;
  readonly at: number;
  /** Incidents in which at least one alert was useful, by whichever detector. */
  readonly usefulIncidents: number;
  /** False when there are more alerts than are looked at: then the newest were, from `from` on. */
  readonly isComplete: boolean;
  /** By id. */
  readonly detectors: readonly PerformanceRow[];
  /** The same for alerts that name the version of the model behind them. */
  readonly models: readonly PerformanceRow[];
}
