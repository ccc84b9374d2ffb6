import { type Definition, type State } from '../../constructs/orchestration/asl';
import { Execution, type Machine, Stopped, TaskFailed } from './step-functions';

const ARN = 'arn:aws:states:eu-west-1:222222222222:execution:machine:one';

function machine(states: Record<string, State>, call: Machine['call'] = () => Promise.resolve({})): Machine {
  const definition: Definition = { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states };
  return { definition, call, clock: { now: Date.parse('2030-01-01T06:00:00Z') } };
}

const start = (made: Machine, input: unknown = {}): Promise<Execution> => new Execution(made, ARN, input).run();
const task = (more: object = {}): State => ({ Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: { a: '{% $states.input.a %}' }, Next: 'End', ...more });
const end: State = { Type: 'Succeed' };

describe('a simulated execution', () => {
  test('hands the result of a state to the next one, and ends with the last', async () => {
    const ended = await start(machine({ Call: task(), End: end }, ({ arguments: given }) => Promise.resolve({ got: given.a })), { a: 7 });
    expect([ended.status, ended.output, ended.visited]).toEqual(['SUCCEEDED', { got: 7 }, ['Call', 'End']]);
  });

  test('assigns variables at once, each expression seeing what was there before', async () => {
    const ended = await start(machine({
      One: { Type: 'Pass', Assign: { a: 1, b: 2 }, Next: 'Two' },
      Two: { Type: 'Pass', Assign: { a: '{% $b %}', b: '{% $a %}' }, Output: '{% [$a, $b] %}', Next: 'End' },
      End: end,
    }));
    expect([ended.variables, ended.output]).toEqual([{ a: 2, b: 1 }, [1, 2]]);
  });

  test('takes the first choice that holds, and assigns what goes with it', async () => {
    const states: Record<string, State> = {
      Which: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.n > 1 %}', Next: 'End', Assign: { was: 'many' } }], Default: 'End', Assign: { was: 'few' } }, End: end,
    };
    expect((await start(machine(states), { n: 2 })).variables).toEqual({ was: 'many' });
    expect((await start(machine(states), { n: 1 })).variables).toEqual({ was: 'few' });
  });

  test('lets time pass while it waits', async () => {
    const made = machine({ Wait: { Type: 'Wait', Seconds: 300, Next: 'End' }, End: end });
    await start(made);
    expect(new Date(made.clock.now).toISOString()).toBe('2030-01-01T06:05:00.000Z');
  });

  test('tries again as often as it was told, then catches', async () => {
    let calls = 0;
    const made = machine({
      Call: task({
        Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 10, MaxAttempts: 2, BackoffRate: 2, JitterStrategy: 'FULL' }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'End', Assign: { error: '{% $states.errorOutput.Error & $states.errorOutput.Cause %}' } }],
      }),
      End: end,
    }, () => {
      calls += 1;
      throw new TaskFailed('Busy', '!');
    });
    const ended = await start(made, { a: 1 });
    expect([calls, ended.status, ended.variables, made.clock.now - Date.parse('2030-01-01T06:00:00Z')]).toEqual([3, 'SUCCEEDED', { error: 'Busy!' }, 30_000]);
  });

  test('fails where nobody catches, and says with what', async () => {
    const failed = await start(machine({ Call: task(), End: end }, () => { throw new TaskFailed('Glue.X', 'why'); }), { a: 1 });
    expect([failed.status, failed.error, failed.cause]).toEqual(['FAILED', 'Glue.X', 'why']);
    const told = await start(machine({ Stop: { Type: 'Fail', Error: 'E', Cause: '{% "c" & $states.input.a %}' } }), { a: 1 });
    expect([told.status, told.error, told.cause]).toEqual(['FAILED', 'E', 'c1']);
  });

  test('fails on an expression that gives nothing, as Step Functions does', async () => {
    expect((await start(machine({ Call: task(), End: end }), {})).error).toBe('States.QueryEvaluationError');
  });

  test('runs the rounds of a map one after the other, each with variables of its own', async () => {
    const seen: unknown[] = [];
    const ended = await start(machine({
      Set: { Type: 'Pass', Assign: { base: 10 }, Next: 'Each' },
      Each: {
        Type: 'Map', Items: [{ n: 1 }, { n: 2 }], MaxConcurrency: 1, Next: 'End',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'Add',
          States: {
            Add: { Type: 'Pass', Assign: { sum: '{% $base + $states.input.n %}' }, Next: 'Tell' },
            Tell: { Type: 'Task', Resource: 'r', Arguments: { sum: '{% $sum %}' }, End: true },
          },
        },
      },
      End: end,
    }, ({ arguments: given }) => {
      seen.push(given.sum);
      return Promise.resolve(given.sum);
    }));
    expect([seen, ended.output, ended.variables]).toEqual([[11, 12], [11, 12], { base: 10 }]);
  });

  test('goes on where it was stopped, with its variables, when it is redriven', async () => {
    let stops = true;
    const made = machine({
      Set: { Type: 'Pass', Assign: { kept: 'yes' }, Next: 'Call' },
      Call: { Type: 'Task', Resource: 'r', Arguments: { redrives: '{% $states.context.Execution.RedriveCount %}', kept: '{% $kept %}' }, Next: 'End' },
      End: end,
    }, ({ arguments: given }) => {
      if (stops) throw new Stopped('ABORTED');
      return Promise.resolve(given);
    });
    const execution = await start(made);
    expect(execution.status).toBe('ABORTED');
    stops = false;
    await execution.redrive();
    expect([execution.status, execution.output, execution.visited]).toEqual(['SUCCEEDED', { redrives: 1, kept: 'yes' }, ['Set', 'Call', 'Call', 'End']]);
  });

  test('knows what Step Functions adds to JSONata', async () => {
    const ended = await start(machine({ Set: { Type: 'Pass', Assign: { id: '{% $uuid() %}', at: '{% $millis() %}', n: '{% $parse("{\\"n\\":1}").n %}', h: '{% $hash("a", "SHA-256") %}' }, Next: 'End' }, End: end }));
    expect(ended.variables).toMatchObject({ at: Date.parse('2030-01-01T06:00:00Z'), n: 1, h: expect.stringMatching(/^ca978112/) as string });
  });

  test('gives up on a state machine that does not end', async () => {
    await expect(start(machine({ Again: { Type: 'Pass', Next: 'Again' } }))).rejects.toThrow('does not end');
  });
});
