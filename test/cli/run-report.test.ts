import { maintained } from '../../lib/cli/run-report';

describe('what a run did to keep a table quick to read', () => {
  test('is one line with counts and seconds', () => {
    expect(maintained({ table: 'orders', files: 24, into: 1, forgotten: 3, seconds: 0.42 })).toBe('orders: 24 small files became 1, 3 old snapshots forgotten, 0.4 s');
  });
  test('leaves out what was not done', () => {
    expect(maintained({ table: 'orders', forgotten: 1, seconds: 12 })).toBe('orders: 1 old snapshot forgotten, 12 s');
    expect(maintained({ table: 'orders', files: 5, into: 2, forgotten: 0, seconds: 0 })).toBe('orders: 5 small files became 2, 0.0 s');
  });
});
