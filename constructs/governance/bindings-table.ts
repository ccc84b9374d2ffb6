import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { keptTable } from '../domain/kept-table';
import { type DomainPlace } from '../domain/naming';
import { bindingsTable } from '../grants/binding';

/** What the table of bindings is made from. */
export interface BindingsTableProps {
  readonly place: DomainPlace;
  readonly key: kms.IKey;
}

/** Who has which access shape of which product, where an owner has approved it: constructs/grants/binding.ts says how an item lies in it. */
export class BindingsTable extends Construct {
  readonly table: dynamodb.Table;

  constructor(scope: Construct, id: string, { place, key }: BindingsTableProps) {
    super(scope, id);
    this.table = keptTable(this, {
      tableName: bindingsTable(place), encryptionKey: key,
      why: 'it can be taken back to any second of the last 35 days; what was granted when is in the trail',
    });
  }
}
