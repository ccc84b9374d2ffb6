import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { type HandlerFunction } from '../handlers/handler-function';
import { PermissionsHandler } from '../permissions/permissions-handler';
import { type DomainPlace } from './naming';

/** What the handlers of a domain are made from. */
export interface DomainHandlersProps {
  readonly place: DomainPlace;
  readonly key: kms.IKey;
  readonly runTable: dynamodb.ITable;
}

/** What products ask and the foundation does: tables, permissions, the catalogue and publication, each by a function with a role of its own. */
export class DomainHandlers extends Construct {
  readonly permissions: HandlerFunction;

  constructor(scope: Construct, id: string, props: DomainHandlersProps) {
    super(scope, id);
    this.permissions = new PermissionsHandler(this, 'Permissions', props).handler;
  }
}
