import { Stack, Token } from 'aws-cdk-lib';
import { type IConstruct } from 'constructs';
import { type IDataDomain } from './data-domain';

/**
 * A stack without an environment may go anywhere, so that it is for whoever deploys it to know.
 * @throws when a stack is in another account or region than the domain
 */
export function checkStack(scope: IConstruct, { account, region, domainName }: IDataDomain, of: string): void {
  const stack = Stack.of(scope);
  for (const [what, is, wanted] of [['account', stack.account, account], ['region', stack.region, region]] as const) {
    if (!Token.isUnresolved(is) && is !== wanted) {
      throw new Error(`the stack of ${of} must be in its domain's ${what} ${wanted} (${domainName}), got ${is}; set the stack's \`env\``);
    }
  }
}
