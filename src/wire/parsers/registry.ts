import { apacheAccess, nginxAccess } from './formats/access-log.ts';
import { android } from './formats/android.ts';
import { apacheError } from './formats/apache-error.ts';
import { cri, dockerJson } from './formats/containers.ts';
import { goLog } from './formats/go-log.ts';
import { hdfs } from './formats/hdfs.ts';
import { healthApp } from './formats/health-app.ts';
import { journald } from './formats/journald.ts';
import { jsonLines } from './formats/json-lines.ts';
import { keycloak } from './formats/keycloak.ts';
import { kernel } from './formats/kernel.ts';
import { log4j } from './formats/log4j.ts';
import { logfmt } from './formats/logfmt.ts';
import { nginxError } from './formats/nginx-error.ts';
import { openStack } from './formats/openstack.ts';
import { plainText } from './formats/plain-text.ts';
import { proxifier } from './formats/proxifier.ts';
import { pythonLogging } from './formats/python-logging.ts';
import { windowsServicing } from './formats/windows-servicing.ts';
import { zooKeeper } from './formats/zookeeper.ts';
import type { LineParser } from './line-parser.ts';
import { linuxSyslog, openSsh, rfc3164 } from './syslog/bsd-syslog.ts';
import { cef } from './syslog/cef.ts';
import { leef } from './syslog/leef.ts';
import { rfc5424 } from './syslog/rfc5424.ts';

/** The parsers that `auto` tries, the more particular ones first; a new format is one file and one line here. */
export const AUTO_PARSERS: readonly LineParser[] = [
  ...[cri, dockerJson, journald, jsonLines, cef, leef, rfc5424, rfc3164],
  ...[linuxSyslog, nginxAccess, apacheAccess, nginxError, apacheError, openStack, zooKeeper],
  ...[
    pythonLogging,
    keycloak,
    log4j,
    hdfs,
    android,
    healthApp,
    proxifier,
    windowsServicing,
    kernel,
  ],
  ...[goLog, logfmt],
];

/** Every parser, those that fit too much to be guessed among them. */
export const LINE_PARSERS: readonly LineParser[] = [...AUTO_PARSERS, openSsh, plainText];

const OTHER_NAMES: Readonly<Record<string, string>> = { linux: 'syslog' };

/** A parser by its id, in any case; `linux` is another name for `syslog`. */
export function findLineParser(name: string): LineParser | undefined {
  const id = name.toLowerCase();
  const wanted = Object.hasOwn(OTHER_NAMES, id) ? OTHER_NAMES[id] : id;
  return LINE_PARSERS.find((parser) => parser.id === wanted);
}
