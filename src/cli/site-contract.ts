import type { S3Settings } from '../store/models/s3-settings.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';

/** Site time that runs from `origin` (ms) at `rate` until it meets the wall clock; without them it is the wall clock. */
interface SiteClockOptions {
  readonly origin?: number;
  readonly rate?: number;
}

interface SiteTlsOptions {
  /** PEM files of the server's certificate chain and key; without them a non-loopback host gets one from the site's own authority. */
  readonly certificateFile?: string;
  readonly keyFile?: string;
  /** Whether watches must show a certificate of the site's authority. */
  readonly clientCertificates?: boolean;
}

export type SelfMonitorLevel = 'info' | 'warning' | 'error';

/** What `up` and `demo` ask of the composition root (`startSite` in src/app.ts). */
export interface StartSiteOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly dataFolder: string;
  readonly configFolder: string;
  /** A NATS server to use; without it, and with `natsServer`, the site starts one of its own. */
  readonly natsUrl?: string;
  /** Path of the nats-server program. */
  readonly natsServer?: string;
  /** MongoDB; without it the embedded store is used. */
  readonly storeUrl?: string;
  /** Seals the file of the site's private keys; without it the file's mode alone protects them. */
  readonly keyPassphrase?: string;
  /** Admin token from outside; valid while the process runs, never written. */
  readonly token?: string;
  readonly siteName: string;
  /** Keeps models in NATS, where other sites share them, instead of the data folder. */
  readonly modelsInNats?: boolean;
  /** Models are kept in this S3 bucket instead of the data folder. */
  readonly modelsInS3?: S3Settings;
  readonly clock: SiteClockOptions;
  readonly tls: SiteTlsOptions;
  /** Whether alerts are printed on stdout as they happen. */
  readonly consoleAlerts: boolean;
  readonly logger: Logger;
  /** Least level of own log lines that the site takes in as records; none when left out. */
  readonly selfMonitor?: SelfMonitorLevel;
}

/** An input that runs; `url` is `tcp://`, `tls://` or `udp://` with the port in use. */
export interface RunningInput {
  readonly name: string;
  readonly type: string;
  readonly url: string;
}

export interface RunningSite {
  /** `http://…` or `https://…` with the port in use, without a path. */
  readonly url: string;
  /** An admin token: the given one, or the one made at first start. `undefined` when an earlier start made it. */
  readonly token: string | undefined;
  readonly natsUrl?: string;
  /** Who may subscribe to `alerts.v1.>` on the site's own NATS server. */
  readonly natsSubscriber?: { readonly user: string; readonly pass: string };
  readonly site: string;
  /** Site time. */
  readonly clock: Clock;
  /** Certificate of the site's own authority (PEM file), when it serves https with it. */
  readonly caFile?: string;
  /** What people should know: what is missing, what was chosen. Full sentences. */
  readonly notices: readonly string[];
  /** Where the inputs of `inputs.yaml` listen. */
  readonly inputs?: readonly RunningInput[];
  /** Drains within 5 s and stops everything. Idempotent. */
  stop(): Promise<void>;
}
