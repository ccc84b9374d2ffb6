import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Refusal, UsageError } from '../failure';
import { ask } from '../jobs';
import { findMeshRoot } from '../products';
import { lastLine } from '../sign/ssh-keygen';
import { type Session } from '../verb';

interface Ended {
  readonly error: NodeJS.ErrnoException | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Asks a function of Lambda through the AWS CLI, which has the person's profile and session, or that of a local AWS by the jobs; its answer. */
export async function askLambda(session: Session, arn: string, question: object): Promise<unknown> {
  if (session.jobs === 'deployed') return (await ask<{ answer: unknown }>(session, findMeshRoot(session.cwd), 'invoke', { function: arn, question })).answer;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-verify-'));
  try {
    const [asked, answered] = ['question.json', 'answer.json'].map((name) => path.join(folder, name));
    fs.writeFileSync(asked, JSON.stringify(question));
    // https://docs.aws.amazon.com/cli/latest/reference/lambda/invoke.html; it waits as long as the function may take
    const { error, stdout, stderr } = await aws(session, [
      'lambda', 'invoke', '--function-name', arn, '--region', arn.split(':')[3], '--payload', `fileb://${asked}`, '--cli-read-timeout', '900', '--output', 'json', answered,
    ]);
    if (error?.code === 'ENOENT') throw new UsageError('the AWS CLI is not on the PATH', 'install it: https://docs.aws.amazon.com/cli/');
    if (error !== null) throw new Refusal('not-answered', `${arn} could not be asked: ${lastLine(stderr)}`, 'you need lambda:InvokeFunction on it, in the platform\'s account or the domain\'s, and a session: aws sso login');
    const answer = JSON.parse(fs.readFileSync(answered, 'utf8')) as unknown;
    const { FunctionError } = JSON.parse(stdout) as { FunctionError?: string };
    if (FunctionError !== undefined) throw new Refusal('not-answered', (answer as { errorMessage?: string }).errorMessage ?? `${arn} failed: ${FunctionError}`);
    return answer;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function aws(session: Session, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile('aws', args, { cwd: session.cwd, env: session.env, encoding: 'utf8' }, (error, stdout, stderr) => { resolve({ error: error as NodeJS.ErrnoException | null, stdout, stderr }); });
  });
}
