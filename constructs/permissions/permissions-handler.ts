import { Validations } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { arnIn, domainNames, type DomainPlace } from '../domain/naming';
import { HandlerFunction } from '../handlers/handler-function';
import { readPlans } from '../handlers/read-plans';

/** What the handler of permissions is made from. */
export interface PermissionsHandlerProps {
  readonly place: DomainPlace;
  readonly key: kms.IKey;
  readonly runTable: dynamodb.ITable;
}

/** Gives the products of a domain their in-account Lake Formation permissions, LF-tags and registered locations: nothing else may. */
export class PermissionsHandler extends Construct {
  readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, { place, key, runTable }: PermissionsHandlerProps) {
    super(scope, id);
    this.handler = new HandlerFunction(this, 'Handler', {
      place, handler: 'permissions', key, description: `Lake Formation permissions of the products of ${place.domain}`, environment: { MESH_PLACE: JSON.stringify(place) },
    });
    const { policy } = this.handler;
    const databases = [domainNames.publishedDatabase(place), domainNames.internalDatabase(place)];
    const tables = databases.map((database) => arnIn(place, 'glue', `table/${database}/*`));
    policy.addStatements(
      // Lake Formation knows no resources in IAM; what the handler may grant is for its being an administrator, and for its code:
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslakeformation.html
      new iam.PolicyStatement({
        sid: 'Grants',
        actions: [
          'lakeformation:ListPermissions', 'lakeformation:BatchGrantPermissions', 'lakeformation:BatchRevokePermissions',
          'lakeformation:DescribeResource', 'lakeformation:RegisterResource', 'lakeformation:UpdateResource', 'lakeformation:DeregisterResource',
          'lakeformation:GetLFTag', 'lakeformation:CreateLFTag', 'lakeformation:UpdateLFTag', 'lakeformation:GetResourceLFTags', 'lakeformation:AddLFTagsToResource',
        ],
        resources: ['*'],
      }),
      // Who registers a location hands its role over: https://docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html
      new iam.PolicyStatement({
        sid: 'LakeRole', actions: ['iam:PassRole'], resources: [domainNames.lakeRoleArn(place)], conditions: { StringEquals: { 'iam:PassedToService': 'lakeformation.amazonaws.com' } },
      }),
      // GetDatabase is what tagging takes beside its own action: https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-assigning-tags.html
      new iam.PolicyStatement({
        sid: 'Catalogue', actions: ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables'],
        resources: [arnIn(place, 'glue', 'catalog'), ...databases.map((database) => arnIn(place, 'glue', `database/${database}`)), ...tables],
      }),
      new iam.PolicyStatement({
        sid: 'Holders', actions: ['dynamodb:UpdateItem'], resources: [runTable.tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['holders#*'] }, Null: { 'dynamodb:LeadingKeys': 'false' } },
      }),
    );
    readPlans(this.handler, place);
    Validations.of(policy).acknowledge({ id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]', reason: 'actions of Lake Formation take no resource' });
    for (const table of tables) {
      Validations.of(policy).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${table}]`, reason: 'products and their tables come and go; it reads their metadata' });
    }
  }
}
