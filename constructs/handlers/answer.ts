import { type CloudFormationCustomResourceEvent } from 'aws-lambda';

/** What CloudFormation is told of one request. */
export interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  /** What Fn::GetAtt gives. */
  readonly Data?: Record<string, string>;
}

/** CloudFormation takes this many bytes in all: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const LONGEST = 4096;
const CUT = ' … (the rest is in the log)';
const ATTEMPTS = 6;
const PATIENCE = 3_000;

/** The answer's bytes, its reason cut to what CloudFormation takes. Throws when its data alone are too long. */
export function bodyOf({ StackId, RequestId, LogicalResourceId }: CloudFormationCustomResourceEvent, answer: Answer): Buffer {
  const body = (reason?: string): Buffer => Buffer.from(JSON.stringify({ ...answer, Reason: reason, StackId, RequestId, LogicalResourceId }));
  const whole = body(answer.Reason);
  if (whole.length <= LONGEST) return whole;
  const reason = answer.Reason ?? '';
  for (let length = Math.min(reason.length, LONGEST); length > 0; length -= 16) {
    const cut = body(`${reason.slice(0, length)}${CUT}`);
    if (cut.length <= LONGEST) return cut;
  }
  throw new Error(`the answer has ${whole.length} bytes, CloudFormation takes ${LONGEST}: its data are too long`);
}

/**
 * Puts an answer where CloudFormation waits for it. Tried again while there is time, since nobody else can give it and without one
 * the stack waits for an hour; throws after that, and Lambda then calls the handler again. The address lets whoever has it answer
 * for us, so no error names it.
 */
export async function send(address: string, body: Buffer, remaining: () => number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const failure = await put(address, body).catch((error: unknown) => describe(error));
    if (failure === undefined) return;
    const wait = 200 * 2 ** (attempt - 1);
    if (attempt === ATTEMPTS || remaining() < wait + PATIENCE) throw new Error(`CloudFormation could not be answered: ${failure}`);
    await new Promise((resolve) => { setTimeout(resolve, wait); });
  }
}

/** What went wrong, if anything did. Bytes, not text: the address is signed for a request without a content type. */
async function put(address: string, body: Buffer): Promise<string | undefined> {
  const response = await fetch(address, { method: 'PUT', body: new Uint8Array(body), signal: AbortSignal.timeout(PATIENCE) });
  await response.arrayBuffer();
  return response.ok ? undefined : `it said ${response.status}`;
}

/** Of a failed fetch: its name, and Node's word for the cause. Its message may quote the address. */
function describe(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  return [name, cause?.code].filter((word) => word !== undefined).join(' ');
}
