import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { type ClientOptions } from './clients';

/** An hour's credentials of a role, for a client; `RoleSessionName` is what the trail calls them. */
export async function assumedRole(sts: STSClient, RoleArn: string, RoleSessionName: string): Promise<NonNullable<ClientOptions['credentials']>> {
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName, DurationSeconds: 3_600 }));
  return { accessKeyId: Credentials?.AccessKeyId ?? '', secretAccessKey: Credentials?.SecretAccessKey ?? '', sessionToken: Credentials?.SessionToken };
}
