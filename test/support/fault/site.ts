import { spawn, type ChildProcess } from 'node:child_process';
import type { FaultSiteConfig, FaultSiteReady } from './site-config.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One life of the site's process. */
export class SiteRun {
  /** Rejects when the process ends before it listens. */
  readonly ready: Promise<FaultSiteReady>;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #stderr = '';

  constructor(program: string, config: FaultSiteConfig) {
    const args = ['--enable-source-maps', program, JSON.stringify(config)];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.exited = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        resolve({ code, signal });
      });
    });
    this.ready = this.#firstLine();
    this.ready.catch(() => undefined);
  }

  /** What it complained of. */
  get stderr(): string {
    return this.#stderr;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }

  async #firstLine(): Promise<FaultSiteReady> {
    let text = '';
    const line = new Promise<string>((resolve) => {
      this.#child.stdout?.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('\n')) resolve(text);
      });
    });
    const exit = this.exited.then(({ code, signal }) => {
      throw new SiteEnded(code, signal, this.#stderr);
    });
    return JSON.parse(await Promise.race([line, exit])) as FaultSiteReady;
  }
}

/** The site's process ended before it listened. */
export class SiteEnded extends Error {
  readonly code: number | null;

  constructor(code: number | null, signal: NodeJS.Signals | null, stderr: string) {
    super(`The site ended with ${code ?? signal} before it listened: ${stderr.slice(0, 2000)}`);
    this.code = code;
  }
}
