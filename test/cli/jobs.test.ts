import * as fs from 'node:fs';
import * as path from 'node:path';
import { errorShape } from '../../lib/cli/json-shapes';
import { callJobs, callJobsSync, type JobEvent } from '../../lib/plan/sql/python';
import { freshFolder, mesh, meshOnTerminal } from './built-mesh';
import { meshHere } from './in-process';

/** An interpreter that behaves as a line of shell says: the jobs as they are at their worst. */
function interpreter(behaviour: string): string {
  const file = path.join(freshFolder(), 'python');
  fs.writeFileSync(file, `#!/bin/bash\n${behaviour}\n`, { mode: 0o755 });
  return file;
}

async function call(behaviour: string, request: object = {}): Promise<{ outcome: Awaited<ReturnType<typeof callJobs>>; events: JobEvent[] }> {
  const events: JobEvent[] = [];
  const env = { ...process.env, MESH_PYTHON: interpreter(behaviour) };
  const outcome = await callJobs('run', request, { root: freshFolder(), env, onEvent: (event) => events.push(event) });
  return { outcome, events };
}

describe('calling the jobs', () => {
  test('gives one request, passes events on in order, and ends with the result', async () => {
    const { outcome, events } = await call(`read request
      echo '{"event":"progress","step":"ingest"}'; echo '{"event":"warning","message":"late"}'
      echo "{\\"event\\":\\"result\\",\\"command\\":\\"$4\\",\\"request\\":$request}"`, { plan: 1 });
    expect(outcome).toEqual({ kind: 'result', result: { command: 'run', request: { plan: 1 } } });
    expect(events.map((event) => event.event)).toEqual(['progress', 'warning']);
  });

  test('puts lines together that arrive in pieces, also within a letter', async () => {
    const { outcome } = await call(`printf '{"event":"result","name":"\\xc3'; sleep 0.1; printf '\\xa4"}'`);
    expect(outcome).toEqual({ kind: 'result', result: { name: 'ä' } });
  });

  test('keeps integers to the digit, as text where no number holds them', async () => {
    const { outcome } = await call(`cat <<'END'
{"event":"result","id":2007856898614404611,"small":9007199254740991,"text":"2007856898614404611 \\" 9007199254740993","list":[-9223372036854775808,1.5e300,0.12345678901234567]}
END`);
    expect(outcome).toEqual({ kind: 'result', result: {
      id: '2007856898614404611', small: 9007199254740991, text: '2007856898614404611 " 9007199254740993', list: ['-9223372036854775808', 1.5e300, 0.12345678901234567],
    } });
  });

  test('keeps a result that came with exit 1: a rejected run is an answer', async () => {
    expect((await call(`echo '{"event":"result","state":"rejected"}'; exit 1`)).outcome).toEqual({ kind: 'result', result: { state: 'rejected' } });
  });

  test('refuses in the words of the jobs', async () => {
    const { outcome } = await call(`echo '{"event":"error","code":"busy","message":"another run holds the lock","remedy":"wait"}'; exit 1`);
    expect(outcome).toEqual({ kind: 'refused', code: 'busy', message: 'another run holds the lock', remedy: 'wait' });
  });

  test('keeps the trace of a bug, and what was written beside the protocol', async () => {
    const { outcome } = await call(`echo 'stray'; echo 'on stderr' >&2; echo '{"event":"error","code":"bug","message":"boom","trace":"Traceback"}'; exit 70`);
    expect(outcome).toEqual({ kind: 'bug', message: 'boom', trace: 'Traceback\nstray\non stderr\n' });
  });

  test('calls an end without an answer a bug', async () => {
    expect((await call('echo "half a li" >&2; exit 3')).outcome).toEqual({ kind: 'bug', message: 'the jobs ended without an answer (exit 3)', trace: 'half a li\n' });
  });

  test('says that memory was short when they are killed', async () => {
    expect((await call('kill -KILL $$')).outcome).toMatchObject({ kind: 'refused', code: 'killed' });
  });

  test('survives jobs that never read a large request', async () => {
    const { outcome } = await call(`echo '{"event":"error","code":"plan-too-new","message":"too new"}'; exit 1`, { text: 'x'.repeat(5_000_000) });
    expect(outcome).toMatchObject({ code: 'plan-too-new' });
  });

  test('says how to name another Python where there is none', async () => {
    const options = { root: freshFolder(), env: { MESH_PYTHON: '/nowhere/python' } };
    const expected = { kind: 'refused', code: 'python-missing', message: 'MESH_PYTHON names /nowhere/python, and there is no such file' };
    expect(await callJobs('run', {}, options)).toMatchObject(expected);
    expect(callJobsSync('run', {}, options)).toMatchObject(expected);
    expect(await callJobs('run', {}, { ...options, env: { MESH_PYTHON: 'no-such-python', PATH: process.env.PATH } })).toMatchObject({ code: 'python-missing' });
  });

  test('gives the same outcome to those that cannot wait', () => {
    const env = { ...process.env, MESH_PYTHON: interpreter(`read request; echo "{\\"event\\":\\"result\\",\\"request\\":$request}"`) };
    expect(callJobsSync('check-sql', { items: [] }, { root: freshFolder(), env })).toEqual({ kind: 'result', result: { request: { items: [] } } });
  });
});

describe('a verb that calls the jobs', () => {
  const cwd = freshFolder();
  const run = ['run', 'sales/orders'];
  beforeAll(async () => {
    await meshHere(['init', 'sales', 'orders'], cwd);
    // Its SQL is checked once, by the real jobs; what follows is about those that run.
    await meshHere(['validate'], cwd);
  });

  test('exits 1 with their words on stderr, and as a document under --json', async () => {
    const env = { MESH_PYTHON: interpreter(`echo '{"event":"error","code":"busy","message":"another run holds the lock","remedy":"wait for it"}'; exit 1`) };
    expect(await mesh(run, { cwd, env })).toMatchObject({ code: 1, stdout: '', stderr: '✖ another run holds the lock\n  → wait for it\n' });
    const { code, out } = await meshHere([...run, '--json'], cwd, env);
    expect(code).toBe(1);
    expect(errorShape.parse(JSON.parse(out)).error).toMatchObject({ code: 'busy', remedy: 'wait for it' });
  });

  test.each([
    ['run', []], ['run', ['--engine', 'spark']], ['replay', ['--from', 'full-1', '--engine', 'spark']], ['test', []], ['test', ['--engine', 'spark']],
  ])('%s %p has the engine run it that was asked for, DuckDB if none was', async (verb, options) => {
    const asked = path.join(freshFolder(), 'asked.json');
    const env = { MESH_PYTHON: interpreter(`cat > ${asked}; echo '{"event":"error","code":"busy","message":"another run holds the lock","remedy":"wait for it"}'; exit 1`) };
    expect(await meshHere([verb, 'sales/orders', ...options], cwd, env)).toMatchObject({ code: 1, err: expect.stringContaining('another run holds the lock') as string });
    expect((JSON.parse(fs.readFileSync(asked, 'utf8')) as { engine: string }).engine).toBe(options.at(-1) ?? 'duckdb');
  });

  test('exits 70 on a bug of theirs, with the trace under --debug only', async () => {
    const env = { MESH_PYTHON: interpreter(`echo '{"event":"error","code":"bug","message":"boom","trace":"Traceback (most recent call last)"}'; exit 70`) };
    const quiet = await mesh(run, { cwd, env });
    expect(quiet.code).toBe(70);
    expect(quiet.stderr).toMatch(/a bug in mesh, not in your files: boom\n.*--debug\n.*report it.*issues/);
    expect(quiet.stderr).not.toContain('Traceback');
    expect((await meshHere([...run, '--debug'], cwd, env)).err).toContain('Traceback (most recent call last)');
  });

  test.each([['SIGINT', 130], ['SIGTERM', 130]] as const)('on %s stops the jobs once, waits for them and exits %d', async (signal, expected) => {
    const log = path.join(freshFolder(), 'signals');
    const env = { MESH_PYTHON: interpreter(`trap 'echo stopped >> ${log}; sleep 0.3; echo gone >> ${log}; exit 130' INT TERM
      echo '{"event":"warning","message":"started"}'; for i in {1..100}; do sleep 0.1; done`) };
    const { code, stdout, stderr } = await mesh(run, { cwd, env, on: { text: /started/, act: (pid) => process.kill(pid, signal) } });
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr).toContain('stopped');
    expect(fs.readFileSync(log, 'utf8')).toBe('stopped\ngone\n');
  });

  test('killed outright, closes the lifeline by which the jobs notice', async () => {
    const log = path.join(freshFolder(), 'lifeline');
    const env = { MESH_PYTHON: interpreter(`echo '{"event":"warning","message":"started"}'; read -u $MESH_LIFELINE; echo cut > ${log}`) };
    const { signal } = await mesh(run, { cwd, env, on: { text: /started/, act: (pid) => process.kill(pid, 'SIGKILL') } });
    expect(signal).toBe('SIGKILL');
    for (let waited = 0; waited < 50 && !fs.existsSync(log); waited += 1) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(fs.readFileSync(log, 'utf8')).toBe('cut\n');
  });

  test('shows progress on a terminal, and none where nobody watches', async () => {
    const result = '{"event":"result","product":"dp_sales_orders","version":"1.0.0","runId":"full-1","mode":"full","state":"published","tables":[],"certificate":null,"seconds":1.5}';
    const env = { MESH_PYTHON: interpreter(`echo '{"event":"progress","step":"build","layer":"silver","table":"orders_clean","rowsOut":1200,"quarantined":3,"seconds":0.5}'; echo '${result}'`) };
    const quiet = await meshHere(run, cwd, env);
    expect(quiet).toMatchObject({ code: 0, err: '' });
    expect(quiet.out).toMatch(/^✔ sales\/orders 1\.0\.0 published in 1\.5 s full-1\n/);
    const watched = await meshOnTerminal(run, 100, { cwd, env: { ...env, NO_COLOR: '1' } });
    expect(watched.stdout).toMatch(/✔ sales\/orders {2}build silver orders_clean {2}1,200 rows {2}3 rows quarantined 0\.5 s/);
  });

  test('writes numbers of every type to the right, as contracts and Athena call them', async () => {
    const types = ['int', 'integer', 'bigint', 'float', 'double', 'decimal(12,2)'];
    const columns = types.map((type, n) => ({ name: `column_${n}`, type }));
    const env = { MESH_PYTHON: interpreter(`cat <<'END'
${JSON.stringify({ event: 'result', tables: [{ table: 'orders', columns, rows: [Object.fromEntries(columns.map(({ name }) => [name, 7]))] }], certificate: null })}
END`) };
    const { out } = await meshHere(['show', 'sales/orders'], cwd, env);
    expect(out).toContain(`${types.map(() => '       7').join('  ')}\n`);
  });

  test('writes the values of data on one line, whatever is in them', async () => {
    const env = { MESH_PYTHON: interpreter(`cat <<'END'
{"event":"result","tables":[{"table":"orders","columns":[{"name":"a","type":"string"}],"rows":[{"a":"x\\u001b[2J\\ny"},{"a":null}]}],"certificate":null}
END`) };
    const { code, out } = await meshHere(['show', 'sales/orders'], cwd, env);
    expect(code).toBe(1);
    expect(out).toContain('x\\u001b[2J\\ny\n∅\n');
  });
});
