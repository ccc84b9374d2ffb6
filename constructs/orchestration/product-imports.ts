import { RemovalPolicy } from 'aws-cdk-lib';
import * as athena from 'aws-cdk-lib/aws-athena';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type ProductParts } from '../data-product/product-parts';
import { exactPolicy, type Statement } from '../domain/exact-policy';
import { arnIn, domainNames, productNames, s3Arn } from '../domain/naming';
import { type Import } from './import-states';

/** What the import of other products is made from. */
export interface ProductImportsProps {
  readonly parts: ProductParts;
  readonly imports: readonly Import[];
}

/** Unloads certified snapshots of other products into the raw bucket, as a consumer of theirs: by Athena, with what Lake Formation grants the role. */
export class ProductImports extends Construct {
  readonly role: iam.Role;
  readonly workGroup: athena.CfnWorkGroup;

  constructor(scope: Construct, id: string, { parts, imports }: ProductImportsProps) {
    super(scope, id);
    const { place, plan: { product }, domain } = parts;
    const raw = productNames.bucket(place, 'raw');
    const name = `${productNames.prefix(place)}-import`;
    this.workGroup = new athena.CfnWorkGroup(this, 'WorkGroup', {
      name, description: `Imports of ${product.id} v${place.major}`, recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true, publishCloudWatchMetricsEnabled: false,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        // Manifests of what was unloaded; the rows go where the query says, encrypted alike.
        resultConfiguration: {
          outputLocation: `s3://${raw}/imports/_manifests/`, expectedBucketOwner: place.account,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: domain.key.keyArn },
        },
      },
    });
    this.workGroup.applyRemovalPolicy(RemovalPolicy.DESTROY);
    this.role = new iam.Role(this, 'Role', {
      roleName: productNames.role(place, 'import'), path: productNames.rolePath(place), description: `Reads other products for ${product.id} v${place.major}`,
      // By its ARN in a condition: the state machine's role may be made anew.
      assumedBy: new iam.PrincipalWithConditions(new iam.AccountPrincipal(place.account), { ArnEquals: { 'aws:PrincipalArn': productNames.roleArn(place, 'states') } }),
      permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyArn(this, 'Boundary', domainNames.productBoundaryArn(place)),
    });
    exactPolicy(this, 'Policy', {
      place, name: productNames.role(place, 'import'), path: productNames.rolePath(place), roles: [this.role], description: `What the imports of ${product.id} v${place.major} may do`,
      statements: statements(parts, imports, name),
    });
  }
}

function statements({ place, domain }: ProductParts, imports: readonly Import[], workGroup: string): Statement[] {
  const raw = productNames.bucket(place, 'raw');
  // In the account of the other domain, or in this one: where a database is, Lake Formation knows.
  const glue = (resource: string): string => arnIn({ ...place, account: '*' }, 'glue', resource);
  const own = 'names of objects are made by runs';
  return [
    { sid: 'Query', actions: ['athena:StartQueryExecution', 'athena:GetQueryExecution'], resources: [arnIn(place, 'athena', `workgroup/${workGroup}`)] },
    {
      sid: 'Definitions', actions: ['glue:GetDatabase', 'glue:GetTable'], why: 'a table of another domain is in an account that its grant names, and no contract does',
      resources: [...new Set([glue('catalog'), ...imports.flatMap(({ database, table }) => [glue(`database/${database}`), glue(`table/${database}/${table}`)])])],
    },
    { sid: 'Granted', actions: ['lakeformation:GetDataAccess'], resources: ['*'], why: 'Lake Formation takes no resource: its grants say which tables' },
    { sid: 'Unload', actions: ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], resources: [s3Arn(place, `${raw}/imports/*`)], why: own },
    { sid: 'Lists', actions: ['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'], resources: [s3Arn(place, raw)] },
    { sid: 'Key', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [domain.key.keyArn] },
  ];
}
