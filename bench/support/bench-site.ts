import { join } from 'node:path';
import type { StartSiteOptions } from '../../src/cli/site-contract.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { projectRoot } from '../../src/core/root.ts';

/** A site to measure: loopback, a free port, the shipped configuration, nothing printed. */
export function benchSite(dataFolder: string): StartSiteOptions {
  return {
    host: '127.0.0.1',
    port: 0,
    dataFolder,
    configFolder: join(projectRoot(), 'config'),
    siteName: 'bench',
    clock: {},
    tls: {},
    consoleAlerts: false,
    logger: silentLogger,
  };
}
