import { DeregisterResourceCommand, DescribeResourceCommand, RegisterResourceCommand, UpdateResourceCommand, type LakeFormationClient, type ResourceInfo } from '@aws-sdk/client-lakeformation';
import { unless } from '../../handlers/sdk';
import { type Patience } from '../../lake-formation/patience';

/** A place in S3 that Lake Formation hands out data of, with a role of ours: its own role could not share encrypted tables. */
export class Location {
  constructor(private readonly client: LakeFormationClient, private readonly arn: string, private readonly patience: Patience) {}

  /** Hybrid access stays off: with it, whoever has IAM permissions would need no grant. */
  async register(roleArn: string): Promise<void> {
    const found = await this.find();
    if (found === undefined) {
      await unless('AlreadyExistsException', this.patience.with(() => this.client.send(new RegisterResourceCommand({
        ResourceArn: this.arn, RoleArn: roleArn, UseServiceLinkedRole: false, HybridAccessEnabled: false,
      }))));
    } else if (found.RoleArn !== roleArn || found.HybridAccessEnabled === true) {
      await this.patience.with(() => this.client.send(new UpdateResourceCommand({ ResourceArn: this.arn, RoleArn: roleArn, HybridAccessEnabled: false })));
    }
  }

  async deregister(): Promise<void> {
    await unless('EntityNotFoundException', this.patience.with(() => this.client.send(new DeregisterResourceCommand({ ResourceArn: this.arn }))));
  }

  private async find(): Promise<ResourceInfo | undefined> {
    const answer = await unless('EntityNotFoundException', this.patience.with(() => this.client.send(new DescribeResourceCommand({ ResourceArn: this.arn }))));
    return answer?.ResourceInfo;
  }
}
