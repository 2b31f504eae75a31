/** Paths of what was found. */
export interface Provisioned {
  readonly natsServer?: string;
  readonly ferretdb?: string;
  readonly mongod?: string;
  readonly chromium?: string;
  readonly dockerCompose?: string;
  readonly kcat?: string;
  readonly zstd?: string;
  readonly rsyslogd?: string;
  readonly syslogNg?: string;
  /** With its output to Elasticsearch. */
  readonly rsyslogdHttp?: string;
  /** With its output over HTTP. */
  readonly syslogNgHttp?: string;
  /** test/gateway/outsiders/go. */
  readonly goClients?: string;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a machine offers to the provisioner. */
export interface ProvisionHost {
  readonly cacheFolder: string;
  readonly isDebian: boolean;
  readonly isDebianRoot: boolean;
  find(name: string, variable?: string): string | undefined;
  rename(from: string, to: string): void;
  copyFolder(folder: string, files: Readonly<Record<string, string>>): string;
  remove(folder: string): void;
  goMinor(): Promise<number>;
  run(
    file: string,
    args: readonly string[],
    options: {
      readonly cwd?: string;
      readonly env?: Readonly<Record<string, string>>;
      readonly minutes: number;
    },
  ): Promise<RunResult>;
}

export function provision(options: {
  readonly forTests: boolean;
  readonly allowInstall: boolean;
  readonly log: (line: string) => void;
  readonly host?: ProvisionHost;
}): Promise<Provisioned>;

export function provisionEnv(found: Provisioned): Readonly<Record<string, string>>;
export function thisHost(env?: Readonly<Record<string, string | undefined>>): ProvisionHost;
