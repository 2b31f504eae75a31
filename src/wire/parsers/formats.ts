import { android } from './android.ts';
import { apacheError } from './apache.ts';
import { hdfs } from './hdfs.ts';
import { healthApp } from './health-app.ts';
import type { LineFormat } from './line-format.ts';
import { openStack } from './openstack.ts';
import { plainText } from './plain-text.ts';
import { proxifier } from './proxifier.ts';
import { linuxSyslog, openSsh } from './syslog.ts';
import { windowsServicing } from './windows-servicing.ts';
import { zooKeeper } from './zookeeper.ts';

/** The log formats that can be replayed; a new one is one file and one line here. */
export const LINE_FORMATS: readonly LineFormat[] = [
  openSsh,
  healthApp,
  apacheError,
  linuxSyslog,
  zooKeeper,
  hdfs,
  android,
  openStack,
  proxifier,
  windowsServicing,
  plainText,
];

/** A format by its name, in any case; `linux` is another name for `syslog`. */
export function findLineFormat(name: string): LineFormat | undefined {
  const wanted = name.toLowerCase() === 'linux' ? 'syslog' : name.toLowerCase();
  return LINE_FORMATS.find((format) => format.name === wanted);
}
