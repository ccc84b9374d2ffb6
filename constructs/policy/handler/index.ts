import { objections } from './judge';

/** A stack that is about to be created or updated, or a change set of one: https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-create-lambda-function.html */
export interface HookRequest {
  readonly clientRequestToken: string;
  readonly awsAccountId: string;
  /** A change set has none. */
  readonly actionInvocationPoint?: 'CREATE_PRE_PROVISION' | 'UPDATE_PRE_PROVISION' | 'DELETE_PRE_PROVISION';
  readonly requestData: {
    readonly targetLogicalId: string;
    /** Where the template is: a signed address. */
    readonly payload: string;
  };
}

/** Whether CloudFormation goes on. */
export interface HookAnswer {
  readonly hookStatus: 'SUCCESS' | 'FAILED';
  readonly errorCode?: 'NonCompliant' | 'InternalFailure';
  readonly message: string;
  readonly clientRequestToken: string;
}

/** CloudFormation waits half a minute for an answer. */
const PATIENCE = 10_000;

/** Holds a stack against the mesh's policy, whoever deploys it and with whatever. What cannot be judged does not go on. */
export async function handler({ clientRequestToken, awsAccountId, actionInvocationPoint, requestData }: HookRequest): Promise<HookAnswer> {
  // A stack that goes has no template; what it keeps is in the one that it has.
  if (actionInvocationPoint === 'DELETE_PRE_PROVISION') return { hookStatus: 'SUCCESS', message: 'the mesh\'s policy is about what is made', clientRequestToken };
  const answer = await judged(requestData.payload, awsAccountId).catch((error: unknown): Omit<HookAnswer, 'clientRequestToken'> => (
    // Never the address, which lets whoever has it read the template.
    { hookStatus: 'FAILED', errorCode: 'InternalFailure', message: `the mesh's policy could not look at the template: ${error instanceof Error ? error.name : 'unknown'}; deploy again, and ask the platform team if it persists` }
  ));
  console.log(JSON.stringify({ stack: requestData.targetLogicalId, ...answer }));
  return { ...answer, clientRequestToken };
}

async function judged(address: string, account: string): Promise<Omit<HookAnswer, 'clientRequestToken'>> {
  const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw Object.assign(new Error('not there'), { name: `S3 said ${response.status}` });
  const { template } = await response.json() as { readonly template?: string };
  if (template === undefined || template === '') throw Object.assign(new Error('nothing there'), { name: 'no template' });
  const wrong = objections(template, account);
  return wrong === undefined ? { hookStatus: 'SUCCESS', message: 'the mesh\'s policy has nothing against it' } : { hookStatus: 'FAILED', errorCode: 'NonCompliant', message: wrong };
}
