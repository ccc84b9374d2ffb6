import { maintained, printRun } from '../../lib/cli/run-report';
import { openTerminal } from '../../lib/cli/terminal/terminal';

test('a failure of several lines is told in several lines', () => {
  let told = '';
  const quiet = { write: () => true };
  const terminal = openTerminal({ stdin: {}, stdout: quiet, stderr: { write: (text) => { told += String(text); return true; } } }, { NO_COLOR: '1' });
  printRun('sales/orders', {
    product: 'dp_sales_orders', version: '1.0.0', runId: 'r', mode: 'full', state: 'failed', tables: [], certificate: null, seconds: 1,
    message: 'sales.orders_v1 cannot become contract version 1.0.0:\n  column total is string and would become double', remedy: 'keep it',
  }, terminal);
  expect(told).toBe('  ✖ sales.orders_v1 cannot become contract version 1.0.0:\n      column total is string and would become double\n    → keep it\n');
});

describe('what a run did to keep a table quick to read', () => {
  test('is one line with counts and seconds', () => {
    expect(maintained({ table: 'orders', files: 24, into: 1, forgotten: 3, seconds: 0.42 })).toBe('orders: 24 small files became 1, 3 old snapshots forgotten, 0.4 s');
  });
  test('leaves out what was not done', () => {
    expect(maintained({ table: 'orders', forgotten: 1, seconds: 12 })).toBe('orders: 1 old snapshot forgotten, 12 s');
    expect(maintained({ table: 'orders', files: 5, into: 2, forgotten: 0, seconds: 0 })).toBe('orders: 5 small files became 2, 0.0 s');
  });
});
