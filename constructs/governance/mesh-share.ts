import { CustomResource } from 'aws-cdk-lib';
import * as ram from 'aws-cdk-lib/aws-ram';
import { Construct } from 'constructs';
import { type HandlerFunction } from '../handlers/handler-function';

/** What is shared, and with whom. */
export interface MeshShareProps {
  readonly name: string;
  readonly resourceArns: string[];
  /** Of a permission that RAM publishes, by its name. */
  readonly permission: string;
  readonly accounts: readonly string[];
  /** Whether the accounts are of one organisation: then nobody has to accept. */
  readonly inOrganization: boolean;
  /** Waits until the accounts have it. */
  readonly handler: HandlerFunction;
}

/** A share of RAM that is only done once every account has it. What relies on it depends on this construct. */
export class MeshShare extends Construct {
  readonly share: ram.CfnResourceShare;

  constructor(scope: Construct, id: string, { name, resourceArns, permission, accounts, inOrganization, handler }: MeshShareProps) {
    super(scope, id);
    const principals = [...new Set(accounts)].sort();
    this.share = new ram.CfnResourceShare(this, 'Resource', {
      name, resourceArns, principals, allowExternalPrincipals: !inOrganization, permissionArns: [`arn:aws:ram::aws:permission/${permission}`],
    });
    new CustomResource(this, 'Associated', {
      resourceType: 'Custom::MeshShare', serviceToken: handler.function.functionArn, properties: { ShareArn: this.share.attrArn, Accounts: principals.join(',') },
    });
  }
}
