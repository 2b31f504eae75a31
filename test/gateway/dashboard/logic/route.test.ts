import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  PAGES,
  parseRoute,
  routeHref,
  takeToken,
} from '../../../../src/gateway/dashboard/logic/route.ts';
import { describe } from '../../../support/suite.ts';

describe('dashboard routes', (it) => {
  it('reads pages, ids and settings', () => {
    assert.deepEqual(parseRoute('#/alerts/ab12?tab=resolved'), {
      page: 'alerts',
      id: 'ab12',
      params: { tab: 'resolved' },
    });
    assert.deepEqual(parseRoute(''), { page: 'overview', id: undefined, params: {} });
    assert.deepEqual(parseRoute('#/nonsense/x'), { page: 'overview', id: undefined, params: {} });
    assert.equal(parseRoute('#/watches/%E0%A4').id, '%E0%A4');
  });

  it('writes what it reads', () => {
    const text = fc.string({ minLength: 1, unit: 'binary' });
    fc.assert(
      fc.property(
        fc.constantFrom(...PAGES.filter((page) => page !== 'overview')),
        fc.option(text, { nil: undefined }),
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
          text,
        ),
        (page, id, params) => {
          const route = { page, id, params: { ...params } };
          const read = parseRoute(routeHref(route));
          assert.deepEqual({ ...read, params: { ...read.params } }, route);
        },
      ),
    );
  });

  it('leaves empty settings out', () => {
    assert.equal(
      routeHref({ page: 'actors', params: { q: '', sort: 'rate' } }),
      '#/actors?sort=rate',
    );
  });

  it('takes a token out of the address', () => {
    assert.deepEqual(takeToken('#token=secret'), { token: 'secret', hash: '#/overview' });
    assert.deepEqual(takeToken('#token=a%2Fb&to=/alerts'), { token: 'a/b', hash: '#/alerts' });
    for (const none of ['', '#', '#/alerts', '#token=', '#/alerts?token=x']) {
      assert.equal(takeToken(none), undefined);
    }
  });
});
