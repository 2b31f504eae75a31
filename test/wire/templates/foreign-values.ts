import type { Random } from '../../../src/core/random.ts';

/** Draws one value. */
export type Draw = (random: Random) => string;

const DIGITS = '0123456789';
const HEX = '0123456789abcdef';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();

const from = (alphabet: string, random: Random, length: number): string =>
  Array.from({ length }, () => alphabet[random.integer(0, alphabet.length - 1)]).join('');
const digits = (random: Random, length: number): string => from(DIGITS, random, length);
const hex = (random: Random, length: number): string => from(HEX, random, length);
/** One of the words, the first more often. */
const oneOf = (text: string, separator = ' '): Draw => {
  const words = text.split(separator);
  return (random) => words[Math.floor(random.unit() ** 1.6 * words.length)] ?? '';
};
const repeated =
  (draw: Draw, separator: string, most: number): Draw =>
  (random) =>
    Array.from({ length: random.integer(1, most) }, () => draw(random)).join(separator);
/** Puts values in the places of `{kind}`. */
const filled =
  (pattern: string): Draw =>
  (random) =>
    fill(pattern, random);

const NAMES =
  'alice bob carol dmitri elena farid grace hiro ines jamal kofi lena marco nadia olu priya quentin rosa sven tariq uma vera wei xavier yuki zoe ahmed bianca chidi dora';
const SERVICES =
  'sshd crond nfslock portmap syslogd ntpd xinetd sendmail autofs gpm smartd cupsd irqbalance rpcidmapd dockerd kubelet python3 java mpirun lmgrd';
const PROCESSES =
  'Safari kernel corecaptured com.apple.WebKit QQ Mail WeChat Dropbox configd mDNSResponder GoogleSoftwareUpdate sharingd cloudd Preview CalendarAgent NeteaseMusic';

export const VALUES: Readonly<Record<string, Draw>> = {
  int: (r) => String(r.integer(0, 10 ** r.integer(1, 6) - 1)),
  nint: (r) => `${r.chance(0.6) ? '-' : ''}${r.integer(0, 10 ** r.integer(1, 5) - 1)}`,
  int2: (r) => digits(r, 2),
  bit: (r) => String(r.integer(0, 3)),
  float: (r) => `${r.integer(0, 999)}.${digits(r, r.integer(1, 6))}`,
  pct: (r) => String(r.integer(1, 100)),
  hex: (r) => `0x${hex(r, r.integer(4, 16))}`,
  hex2: (r) => `0x${hex(r, 2)}`,
  hex4: (r) => `0x${hex(r, 4)}`,
  hex4b: (r) => hex(r, 4),
  hex8: (r) => hex(r, 8),
  hex16: (r) => hex(r, 16),
  hex16b: (r) => hex(r, 16),
  hexbare: (r) => hex(r, r.integer(5, 12)),
  md5: (r) => hex(r, 32),
  ip: (r) => [0, 0, 0, 0].map(() => r.integer(1, 254)).join('.'),
  ip6: filled('::ffff:{ip}'),
  ip6full: (r) =>
    r.pick([
      () => `fe80:0000:0000:0000:${[0, 0, 0, 0].map(() => hex(r, 4)).join(':')}`,
      () => `2001:db8::${hex(r, 4)}:${hex(r, 3)}`,
      () => `fe80::${hex(r, 4)}:${hex(r, 4)}:${hex(r, 4)}:${hex(r, 4)}`,
    ])(),
  mac: (r) => [0, 0, 0, 0, 0, 0].map(() => hex(r, 2)).join(':'),
  lp: (r) => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].map(() => hex(r, 2).toUpperCase()).join(':'),
  guid: (r) => [0, 0, 0, 0].map(() => hex(r, 4)).join(':'),
  port: (r) => String(r.integer(1024, 65_535)),
  uuid: (r) => [8, 4, 4, 4, 12].map((length) => hex(r, length)).join('-'),
  uuidup: (r) => [8, 4, 4, 4, 12].map((length) => hex(r, length).toUpperCase()).join('-'),
  clock: (r) => `0${r.integer(0, 9)}:${digits(r, 2)}:${digits(r, 2)}`,
  day: (r) => `2026-0${r.integer(1, 9)}-${r.integer(10, 28)}`,
  date2: (r) =>
    `${r.pick(['Jan', 'Jul', 'Oct'])} ${r.integer(1, 28)} ${r.integer(10, 23)}:${digits(r, 2)}:${digits(r, 2)}`,
  ver: (r) => `${r.integer(0, 12)}.${r.integer(0, 20)}.${r.integer(0, 99)}`,
  size: (r) => `${r.integer(1, 900)}.${r.integer(0, 9)} ${r.pick(['B', 'KB', 'MB', 'GB'])}`,
  dur: (r) =>
    r.pick([
      `${r.integer(1, 900)}ms`,
      `${r.integer(1, 59)}s`,
      `${r.integer(1, 9)}m${r.integer(1, 59)}s`,
    ]),
  money: (r) => `${r.integer(1, 999)}.${digits(r, 2)}`,
  bool: oneOf('true false'),
  bool2: oneOf('enable disable'),
  yesno: oneOf('Yes No'),
  onoff: oneOf('on off'),
  okfail: oneOf('succeeded failed'),
  okfailword: oneOf('PASS FAIL WARN'),
  user: oneOf(`root ${NAMES}`),
  name: oneOf(NAMES),
  userlist: oneOf('yarn,curi root spark,hadoop alice hdfs,bob', ' '),
  userlist2: oneOf('yarn, curi|root|spark, hadoop|alice|hdfs, bob', '|'),
  word: oneOf('default mapreduce static orders batch debug work home scratch metrics gpu'),
  capword: oneOf('AM_PROXY_FILTER SAFETY NOTFOUND RM_FILTER', ' '),
  path: (r) =>
    repeated(
      oneOf('home usr var scratch p gb1 data lib opt work etc tmp logs proj'),
      '/',
      4,
    )(r).replace(/^/, '/') +
    (r.chance(0.4)
      ? `/${oneOf('umt2k raptor.1 a.out run-42.sh out_3.log miranda Makefile')(r)}`
      : ''),
  winpath: (r) =>
    `C:\\Users\\${oneOf(NAMES)(r)}\\AppData\\Local\\Temp\\${r.integer(1, 9)}\\Jetty_0_0_${digits(r, 4)}`,
  url: filled('https://{word}.example.com/v{bit}{path}?id={int}'),
  host: filled('service{int2}.example.gov'),
  fqdn: filled('node{int2}.cluster.example.org'),
  tnode: (r) =>
    `${r.pick(['an', 'bn', 'cn', 'dn'])}${r.integer(1, 1000)}${r.chance(0.3) ? '.example.gov' : ''}`,
  shost: (r) => `mesos-slave-${digits(r, 2)}`,
  jhost: oneOf('MSRA-SA-39 MSRA-SA-41 msra-sa-41 MININT-FNANLI5 minint-75dgdam1'),
  jfqdn: filled('{jhost}.corp.example.com'),
  machost: oneOf(
    'calvisitor-10-105-160-95.calvisitor.1918.example.edu|authorMacBook-Pro.local|airbears2-10-142-108-38.airbears2.example.edu',
    '|',
  ),
  nic: (r) => `${r.pick(['eth', 'ib', 'alt'])}${r.integer(0, 3)}`,
  nic2: oneOf('en0 en1 awdl0 lo0 utun0'),
  disk: (r) => `sd${from('abcd', r, 1)}${r.integer(1, 9)}`,
  speed: oneOf('100 1000 10'),
  link: (r) =>
    `${r.integer(0, 9)}${r.pick(['T', 'N', 'R'])}${digits(r, 2)}:${digits(r, 2)}:${r.integer(0, 7)}:${r.integer(0, 7)}`,
  fan: (r) => (r.chance(0.2) ? '****' : String(r.integer(3300, 3700))),
  range: (r) => `${r.integer(0, 127)}-${r.integer(128, 255)}`,
  nodelist: (r) =>
    r.pick([
      () => `node-${r.integer(0, 255)}`,
      () => `node-[${r.integer(0, 63)}-${r.integer(64, 255)}]`,
      () => `cn[${r.integer(1, 40)}-${r.integer(41, 80)},${r.integer(81, 90)}]`,
      () => repeated(filled('node-{int2}'), ',', 4)(r),
    ])(),
  iplist: repeated((r) => VALUES['ip']?.(r) ?? '', ', ', 4),
  skulist: repeated((r) => VALUES['sku']?.(r) ?? '', ', ', 5),
  irqs: repeated((r) => String(r.integer(3, 15)), ' ', 8),
  axis: oneOf('x+ x- y+ y- z+ z-'),
  rack: (r) => `R${digits(r, 2)}-M${r.integer(0, 1)}-${r.pick(['N', 'L', 'S'])}${r.integer(0, 9)}`,
  slot: (r) => `U${digits(r, 2)}`,
  jslot: (r) => `J${digits(r, 2)}`,
  vpd: (r) => `${digits(r, 9)}${hex(r, 24)}`,
  release: (r) => `V1R${r.integer(1, 3)}M${r.integer(0, 3)}_${r.integer(100, 400)}_2005`,
  product: oneOf('Jul 27 2005 17:12:02|Aug 11 2005 08:01:55|Nov 02 2005 12:40:59', '|'),
  attempt: (r) =>
    `attempt_14451${digits(r, 8)}_${digits(r, 4)}_${r.pick(['m', 'r'])}_${digits(r, 6)}_${r.integer(0, 3)}`,
  task: (r) => `task_14451${digits(r, 8)}_${digits(r, 4)}_${r.pick(['m', 'r'])}_${digits(r, 6)}`,
  jobid: (r) => `job_14451${digits(r, 8)}_${digits(r, 4)}`,
  appid: (r) => `application_14451${digits(r, 8)}_${digits(r, 4)}`,
  containerid: (r) => `container_14451${digits(r, 8)}_${digits(r, 4)}_01_${digits(r, 6)}`,
  jvm: (r) => `jvm_14451${digits(r, 8)}_${digits(r, 4)}_${r.pick(['m', 'r'])}_${digits(r, 6)}`,
  bp: (r) => `BP-1347369012-10.190.173.170-${digits(r, 13)}`,
  blk: (r) => `blk_${digits(r, 10)}`,
  rdd: (r) => `rdd_${r.integer(0, 60)}_${r.integer(0, 40)}`,
  bcast: (r) => `broadcast_${r.integer(0, 60)}${r.chance(0.5) ? '_piece0' : ''}`,
  jclass: oneOf(
    [
      'org.apache.hadoop.mapreduce.v2.app.job.event.JobEventType',
      'org.apache.hadoop.mapreduce.v2.app.MRAppMaster$JobEventDispatcher',
      'org.apache.hadoop.yarn.util.WindowsBasedProcessTree',
      'org.apache.spark.network.netty.NettyBlockTransferService',
      'org.apache.hadoop.mapred.MapTask$MapOutputBuffer',
      'com.example.shop.cart.CartService',
      'com.example.shop.pay.ProviderClient$Retry',
      'org.apache.hadoop.yarn.server.webproxy.amfilter.AmIpFilter',
    ].join(' '),
  ),
  exception: oneOf(
    'java.lang.NullPointerException java.io.IOException java.util.concurrent.TimeoutException TypeError KeyError com.example.shop.OutOfStockException java.lang.IllegalStateException',
  ),
  method: oneOf('charge reserve load parse updateTrackingAreas handleEvent run'),
  scala: oneOf('DAGScheduler.scala PythonRDD.scala CartService.java Retry.java NativeMethod.scala'),
  locality: oneOf('PROCESS_LOCAL NODE_LOCAL ANY RACK_LOCAL'),
  stagekind: oneOf('ResultStage ShuffleMapStage'),
  call: oneOf('collect count saveAsTextFile reduceByKey'),
  svc: oneOf(SERVICES),
  proc: oneOf(PROCESSES),
  syscall: oneOf('file-read-data mach-lookup file-write-create network-outbound process-exec'),
  cell: (r) => `${from('ABCD', r, 1)}${r.integer(1, 9)}`,
  letter: (r) => from('ABCD', r, 1),
  flag: oneOf('-q --daily -a /dev/null 1 --rotate=7'),
  msgid: (r) =>
    `2005110${digits(r, 7)}.j${from(`${UPPER}${LOWER}${DIGITS}`, r, 5)}0${digits(r, 5)}`,
  pci: (r) => `0000:${hex(r, 2)}:${digits(r, 2)}.${r.integer(0, 7)}`,
  dimm: (r) => `DIMM_${from('AB', r, 1)}${r.integer(1, 8)}`,
  PLorIOP: oneOf('PL IOP IR'),
  sensor: oneOf('CPU1_Temp Inlet Fan3 PSU2_Input Exhaust'),
  unit: oneOf('C RPM W'),
  signal: oneOf('KILL TERM SEGV'),
  macbuild: (r) => `15G${r.integer(10, 1999)}`,
  lib: oneOf('libxpc.dylib libsystem_kernel.dylib libc-2.31.so libmpi.so.40 libpython3.8.so'),
  dhcpkey: oneOf('LeaseStartTime PacketLength RouterHardwareAddress SubnetMask'),
  dhcpval: oneOf('Thu Jul 6 20:01:21 2017|342|<data length=6>|255.255.255.0', '|'),
  apple: oneOf('on connection 0x1|from client 99|(null)', '|'),
  slptype: oneOf('Normal Sleep|Standby|Dark Wake|Deep Idle', '|'),
  wake: oneOf('EC.SleepTimer ARPT RTC UHC6'),
  wake2: oneOf('SleepTimer|Network|Alarm|HID Activity', '|'),
  ssid: oneOf('CalVisitor|Home Network|airport-guest|5G_office', '|'),
  reason: oneOf('AuthFail:sts:5_rsn:0 AssocFail NoBeacons Roamed'),
  serial: (r) => `${from(UPPER, r, 2)}${digits(r, 3)}${from(UPPER + DIGITS, r, 7)}`,
  cssm: oneOf('CSSMERR_DL_DATASTORE_DOESNOT_EXIST CSSMERR_TP_NOT_TRUSTED CSSMERR_CL_INVALID'),
  sign: oneOf('+ - !'),
  cocoa: oneOf('NSWindow WebViewController PLUIController NSTrackingArea'),
  quoted: (r) =>
    `"${r.pick(['red shoes', 'lamp', 'size 42 boots (new)', 'no such table: t1', 'it is gone', 'blue', 'usb-c cable 2m', 'timeout, retry'])}"`,
  subject: oneOf('Your order|Welcome!|We miss you, Ana|Invoice 2231|Reset your password', '|'),
  sku: (r) => `${from(UPPER, r, 2)}-${digits(r, 5)}`,
  token: (r) => from(`${LOWER}${UPPER}${DIGITS}`, r, 22),
  cur: oneOf('EUR USD GBP JPY'),
  status: oneOf('200 404 503 502'),
  carrier: oneOf('DHL UPS FedEx GLS'),
  mail: (r) =>
    `${oneOf(NAMES)(r)}${r.chance(0.3) ? `+${r.integer(1, 9)}` : ''}@${r.pick(['example.com', 'mail.example.org'])}`,
  coupon: (r) => `${r.pick(['SPRING', 'SALE', 'VIP'])}${r.integer(10, 99)}`,
  supplier: oneOf('Acme|Initech|Hooli GmbH|Umbrella', '|'),
  city: oneOf('Berlin Paris Madrid Oslo Rome Vienna'),
  country: oneOf('DE FR ES NO IT AT'),
  feature: oneOf('new-checkout dark_mode fast-search recs-v2'),
  cachename: oneOf('products sessions prices images'),
  codec: oneOf('PCMU PCMA opus G722 G729'),
  cause: oneOf('Normal Clearing|User busy|No answer|Network out of order|Call rejected', '|'),
  tls: oneOf('certificate expired|unknown ca|handshake failure|bad record mac', '|'),
  suite: oneOf('AES_CM_128_HMAC_SHA1_80 AES_256_GCM AES_CM_128_HMAC_SHA1_32'),
  diskpath: (r) =>
    `${r.integer(0, 3)}${r.pick(['a', 'b', 'c'])}.${digits(r, 2)}.${r.integer(0, 23)}`,
  snap: (r) =>
    `${r.pick(['hourly', 'daily', 'weekly'])}.2026-0${r.integer(1, 9)}-${r.integer(10, 28)}_${digits(r, 4)}`,
  psustate: oneOf('ok failed missing'),
  takeover: oneOf('panic|operator request|heartbeat lost', '|'),
  ua: oneOf(
    'Mozilla/5.0 (X11; Linux x86_64)|curl/8.5.0|okhttp/4.12|Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15',
    '|',
  ),
};

/** Writes values in the places of `{kind}`; `{{word}}` is the word in braces. */
export function fill(pattern: string, random: Random): string {
  return pattern.replace(/\{\{(\w+)\}\}|\{(\w+)\}/g, (whole, literal?: string, kind?: string) => {
    if (literal !== undefined) return `{${literal}}`;
    const draw = VALUES[kind ?? ''];
    if (draw === undefined) throw new Error(`No values of the kind ${whole}.`);
    return draw(random);
  });
}
