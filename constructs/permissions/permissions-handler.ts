import { Construct } from 'constructs';
import { arnIn, domainNames } from '../domain/naming';
import { onPartitions } from '../domain/run-table';
import { readsPlans } from '../handlers/deployed-assets';
import { type DomainHandlerProps, HandlerFunction } from '../handlers/handler-function';

/** Gives the products of a domain their in-account Lake Formation permissions, LF-tags and registered locations: nothing else may. */
export class PermissionsHandler extends Construct {
  readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, { place, key, runTable }: DomainHandlerProps) {
    super(scope, id);
    this.handler = new HandlerFunction(this, 'Handler', { place, handler: 'permissions', key, description: `Lake Formation permissions of the products of ${place.domain}` });
    const databases = [domainNames.publishedDatabase(place), domainNames.internalDatabase(place)];
    this.handler.allow(
      // What the handler may grant is for its being an administrator, and for its code:
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslakeformation.html
      {
        sid: 'Grants', resources: ['*'], why: 'actions of Lake Formation take no resource',
        actions: [
          'lakeformation:ListPermissions', 'lakeformation:BatchGrantPermissions', 'lakeformation:BatchRevokePermissions',
          'lakeformation:DescribeResource', 'lakeformation:RegisterResource', 'lakeformation:UpdateResource', 'lakeformation:DeregisterResource',
          'lakeformation:GetLFTag', 'lakeformation:CreateLFTag', 'lakeformation:UpdateLFTag', 'lakeformation:GetResourceLFTags', 'lakeformation:AddLFTagsToResource',
        ],
      },
      // Who registers a location hands its role over: https://docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html
      {
        sid: 'LakeRole', actions: ['iam:PassRole'], resources: [domainNames.lakeRoleArn(place)], conditions: { StringEquals: { 'iam:PassedToService': 'lakeformation.amazonaws.com' } },
      },
      // GetDatabase is what tagging takes beside its own action: https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-assigning-tags.html
      {
        sid: 'Catalogue', actions: ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables'], why: 'products and their tables come and go; it reads their metadata',
        resources: [
          arnIn(place, 'glue', 'catalog'), ...databases.map((database) => arnIn(place, 'glue', `database/${database}`)), ...databases.map((database) => arnIn(place, 'glue', `table/${database}/*`)),
        ],
      },
      { sid: 'Holders', actions: ['dynamodb:UpdateItem'], resources: [runTable.tableArn], conditions: onPartitions(['holders#*']) },
      readsPlans(this, place),
    );
  }
}
