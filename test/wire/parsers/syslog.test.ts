import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LINE_FORMATS, findLineFormat } from '../../../src/wire/parsers/formats.ts';
import { parseLine } from '../../../src/wire/parsers/line-format.ts';
import { linuxSyslog, openSsh } from '../../../src/wire/parsers/syslog.ts';
import { describe } from '../../support/suite.ts';

const reference = Date.UTC(2026, 0, 1);
const ssh = (message: string) =>
  openSsh.parse(`Dec 10 06:55:46 lab sshd[24200]: ${message}`, { reference });

/** Message, level, user, error code. */
type Row = readonly [string, string, string | undefined, string | undefined];

describe('OpenSSH lines', (it) => {
  const rows: readonly Row[] = [
    ['Failed password for root from 10.0.0.1 port 22 ssh2', 'ERROR', 'root', 'AUTH_FAILED'],
    [
      'Failed password for invalid user bob from 10.0.0.1 port 22 ssh2',
      'ERROR',
      'bob',
      'AUTH_FAILED',
    ],
    [
      'Failed none for invalid user 0101 from 10.0.0.1 port 22 ssh2',
      'ERROR',
      '0101',
      'AUTH_FAILED',
    ],
    [
      'message repeated 5 times: [ Failed password for root from 10.0.0.1 port 22 ssh2]',
      'ERROR',
      'root',
      'AUTH_FAILED',
    ],
    ['Invalid user eve from 10.0.0.1', 'WARNING', 'eve', undefined],
    ['input_userauth_request: invalid user eve [preauth]', 'WARNING', 'eve', undefined],
    [
      'Disconnecting: Too many authentication failures for admin [preauth]',
      'WARNING',
      'admin',
      undefined,
    ],
    [
      'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=10.0.0.1  user=root',
      'WARNING',
      'root',
      undefined,
    ],
    ['pam_unix(sshd:auth): check pass; user unknown', 'WARNING', undefined, undefined],
    ['Accepted password for fztu from 10.0.0.1 port 22 ssh2', 'INFO', 'fztu', undefined],
    ['pam_unix(sshd:session): session opened for user fztu by (uid=0)', 'INFO', 'fztu', undefined],
    ['fatal: Write failed: Connection reset by peer [preauth]', 'ERROR', undefined, undefined],
    ['Connection closed by 10.0.0.1 [preauth]', 'INFO', undefined, undefined],
  ];
  for (const [message, level, user, code] of rows) {
    it(`give ${level}${user === undefined ? '' : ` of ${user}`} for "${message.slice(0, 44)}"`, () => {
      const record = ssh(message);
      assert.ok(record);
      assert.deepEqual([record.level, record.user_id, record.error_code], [level, user, code]);
      assert.equal(record.service, 'sshd');
      assert.deepEqual(record.attributes, { host: 'lab', component: 'sshd', pid: 24200 });
    });
  }

  it('leave out a user name that no subject could have', () => {
    assert.equal(
      ssh('Failed password for invalid user $(x) from 10.0.0.1 port 1 ssh2')?.user_id,
      undefined,
    );
  });
});

describe('syslog lines', (it) => {
  it('name the host as the service, and keep the program as an attribute', () => {
    const record = linuxSyslog.parse('Jun 14 15:16:01 combo sshd(pam_unix)[1]: text', {
      reference,
    });
    assert.equal(record?.service, 'combo');
    assert.deepEqual(record.attributes, { host: 'combo', component: 'sshd(pam_unix)', pid: 1 });
    assert.equal(
      linuxSyslog.parse('Jun 14 15:16:01 a/b kernel: x', { reference })?.service,
      'syslog',
    );
  });

  it('name the program without its module or version where it is the service', () => {
    const services = ['sshd(pam_unix)[1]', 'syslogd 1.4.1', ' -- root[2]', 'sshd', '--'].map(
      (program) => openSsh.parse(`Jun 14 15:16:01 combo ${program}: text`, { reference })?.service,
    );
    assert.deepEqual(services, ['sshd', 'syslogd', 'root', 'sshd', 'syslog']);
  });

  it('count a failed login once, as an error of its user', () => {
    const line =
      'Jun  4 15:16:01 combo sshd(pam_unix)[1]: authentication failure; uid=0 rhost=x  user=root';
    const record = linuxSyslog.parse(line, { reference });
    assert.deepEqual([record?.level, record?.user_id], ['ERROR', 'root']);
  });

  it('use the service that the caller names', () => {
    const context = { reference, service: 'edge' };
    assert.equal(linuxSyslog.parse('Jun 14 15:16:01 combo kernel: x', context)?.service, 'edge');
  });
});

describe('line formats', (it) => {
  it('are found by name in any case, and linux means syslog', () => {
    assert.equal(findLineFormat('OpenSSH')?.name, 'openssh');
    assert.equal(findLineFormat('linux')?.name, 'syslog');
    assert.equal(findLineFormat('no-such'), undefined);
    assert.equal(new Set(LINE_FORMATS.map(({ name }) => name)).size, LINE_FORMATS.length);
  });

  it('keep a line that they cannot read, whole and at the time of the line before', () => {
    for (const format of LINE_FORMATS.filter(({ name }) => name !== 'text')) {
      const { record, isParsed } = parseLine(format, '\tat Main.run(Main.java:7)\r', {
        reference,
        previous: 5,
      });
      assert.equal(isParsed, false, format.name);
      assert.deepEqual(record, {
        timestamp: 5,
        level: 'INFO',
        service: format.service,
        message: '\tat Main.run(Main.java:7)',
      });
    }
  });

  it('refuse impossible dates and times', () => {
    assert.equal(linuxSyslog.parse('Feb 30 10:00:00 h p: x', { reference }), undefined);
    assert.equal(linuxSyslog.parse('Foo 10 10:00:00 h p: x', { reference }), undefined);
    assert.equal(linuxSyslog.parse('Mar 10 24:00:00 h p: x', { reference }), undefined);
  });

  it('never throw and never lose text, whatever the line', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LINE_FORMATS),
        fc.string({ maxLength: 200 }),
        (format, line) => {
          const { record, isParsed } = parseLine(format, line, { reference });
          assert.ok(Number.isFinite(record.timestamp));
          if (!isParsed) assert.equal(record.message, line.replace(/\r+$/, ''));
        },
      ),
    );
  });

  it('read plain text by its words', () => {
    const text = findLineFormat('text');
    assert.ok(text);
    const levels = ['all is well', 'disk failure', 'kernel panic', 'connection refused'].map(
      (line) => parseLine(text, line, { reference }).record.level,
    );
    assert.deepEqual(levels, ['INFO', 'ERROR', 'CRITICAL', 'WARNING']);
  });
});
