import { UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { productNames, type ProductPlace } from '../domain/naming';
import { type Call } from './custom-resource';

/**
 * Which resources of CloudFormation ask for the same thing of a product. A resource whose logical id changes is first made
 * anew and then deleted under its old id: what both stand for has to stay until the last of them goes.
 *
 * An item of the run table (`holders#<product>`, the name of the thing), outside of what a job may write.
 */
export class Holders {
  constructor(private readonly client: DynamoDBClient, private readonly runTable: string) {}

  async add(place: ProductPlace, thing: string, call: Call): Promise<void> {
    await this.change('ADD', place, thing, call);
  }

  /** Whether it was the last one; true again when it is asked again. */
  async removeIsLast(place: ProductPlace, thing: string, call: Call): Promise<boolean> {
    return await this.change('DELETE', place, thing, call) === 0;
  }

  private async change(verb: 'ADD' | 'DELETE', place: ProductPlace, thing: string, { stackId, logicalId }: Call): Promise<number> {
    // The name of the stack and not its id: a stack that failed to be made comes again under another one.
    const stack = stackId.split('/')[1] ?? stackId;
    const { Attributes } = await this.client.send(new UpdateItemCommand({
      TableName: this.runTable,
      Key: { pk: { S: `holders#${productNames.runPartition(place)}` }, sk: { S: thing } },
      UpdateExpression: `${verb} holders :holder`,
      ExpressionAttributeValues: { ':holder': { SS: [`${stack}/${logicalId}`] } },
      ReturnValues: 'ALL_NEW',
    }));
    return Attributes?.holders?.SS?.length ?? 0;
  }
}
