import assert from 'node:assert/strict';
import { alertText } from '../../src/alerts/alert-text.ts';
import { subjectId } from '../../src/model/subject.ts';
import { seedAlert } from '../support/notifications.ts';
import { describe } from '../support/suite.ts';

describe('alert text', (it) => {
  it('is the sample of the seed document, byte for byte', () => {
    const expected = [
      '\u26a0\ufe0f ANOMALY DETECTED',
      'Type: error_spike',
      'Service: payment-service',
      'Count: 150 errors in 5 minutes',
      'Severity: HIGH',
      'Time: 2024-02-16 14:30:00',
      'Action Required: Investigate immediately',
    ].join('\n');
    assert.deepEqual(Buffer.from(alertText(seedAlert())), Buffer.from(expected));
  });

  it('names the kind of subject', () => {
    const watch = alertText(seedAlert({ subject: subjectId('device', 'watch-1') }));
    const user = alertText(seedAlert({ subject: subjectId('user', 'a:b') }));
    assert.match(watch, /^Watch: watch-1$/m);
    assert.match(user, /^User: a:b$/m);
  });

  it('tells who and when for what happened later', () => {
    const later = Date.UTC(2024, 1, 16, 15, 0, 59, 999);
    const rows = [
      ['repeated', { updatedAt: later }, /CONTINUES/, /^Action Required: Investigate/m],
      [
        'acknowledged',
        { acknowledgedAt: later, acknowledgedBy: 'ann' },
        /ACKNOWLEDGED/,
        /^Acknowledged by: ann$/m,
      ],
      ['resolved', { resolvedAt: later, resolvedBy: 'bob' }, /RESOLVED/, /^Resolved by: bob$/m],
    ] as const;
    for (const [transition, changes, headline, last] of rows) {
      const text = alertText(seedAlert(changes), transition);
      assert.match(text, headline);
      assert.match(text, last);
      assert.match(text, /^Time: 2024-02-16 15:00:59$/m);
      assert.equal(text.split('\n').length, 7);
    }
  });

  it('does without a name or a time it was not given', () => {
    const alert = seedAlert({ updatedAt: Date.UTC(2024, 1, 16, 16) });
    assert.match(alertText(alert, 'acknowledged'), /16:00:00\nAcknowledged by: somebody$/);
    assert.match(alertText(alert, 'resolved'), /16:00:00\nResolved by: somebody$/);
  });
});
