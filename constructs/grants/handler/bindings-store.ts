import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { domainNames, type DomainPlace, type ProductPlace } from '../../domain/naming';
import { client } from '../../handlers/clients';
import { HandlerError } from '../../handlers/custom-resource';
import { RunTable } from '../../run-log/run-table';
import { BINDING, type Binding, type BindingItem, bindingOf, bindingPartition, bindingsTable } from '../binding';

/** Bindings of a domain's products, as approved subscriptions have made them: in the platform's account, read as a role that reads no others. */
export class BindingsStore {
  constructor(private readonly served: DomainPlace, private readonly sts: STSClient) {}

  /** Those that are in force. Raises HandlerError where they cannot be read: nobody loses or gains anything by not knowing. */
  async of(place: ProductPlace): Promise<Binding[]> {
    const table = new RunTable(await this.connect(), bindingsTable(this.served));
    const found: Binding[] = [];
    for await (const item of table.query(bindingPartition(place), BINDING)) {
      const binding = bindingOf(item as unknown as BindingItem);
      if (binding !== undefined) found.push(binding);
    }
    return found;
  }

  private async connect(): Promise<DynamoDBClient> {
    const RoleArn = domainNames.bindingsReaderRoleArn(this.served);
    const { Credentials } = await this.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: domainNames.handler(this.served, 'grants'), DurationSeconds: 900 })).catch((error: unknown) => {
      // STS says the same of a role that is not there and of one that does not trust us.
      if (error instanceof Error && error.name === 'AccessDenied') throw new HandlerError(`the platform's bindings cannot be read: ${RoleArn} is not there, or does not trust this handler`, 'deploy the platform\'s stack of governance first');
      throw error;
    });
    return client(DynamoDBClient, {
      region: this.served.platformRegion,
      credentials: { accessKeyId: Credentials?.AccessKeyId ?? '', secretAccessKey: Credentials?.SecretAccessKey ?? '', sessionToken: Credentials?.SessionToken },
    });
  }
}
