import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as datazone from 'aws-cdk-lib/aws-datazone';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { domainNames, type DomainPlace } from '../domain/naming';
import { exactPolicy } from '../domain/exact-policy';
import { platformNames } from './platform-names';

/** Of Amazon DataZone; the second is also Amazon SageMaker's catalogue. A domain cannot change it. */
export type CatalogueVersion = 'V1' | 'V2';

/** What the mesh's domain in DataZone is made from. */
export interface CatalogueDomainProps {
  readonly place: DomainPlace;
  readonly version: CatalogueVersion;
  readonly key: kms.IKey;
  /**
   * ARN of the instance of IAM Identity Center whose people use its portal.
   * @default - roles of IAM alone do
   */
  readonly identityCenter?: string;
}

const AWS_POLICY = 'DataZone works with what its own policy of AWS allows and asks for more as it grows; the role trusts DataZone alone, and for this account';

/** The DataZone domain of the mesh: its catalogue. Data domains are units of it. */
export class CatalogueDomain extends Construct {
  readonly resource: datazone.CfnDomain;
  readonly executionRole: iam.Role;

  constructor(scope: Construct, id: string, { place, version, key, identityCenter }: CatalogueDomainProps) {
    super(scope, id);
    // https://docs.aws.amazon.com/sagemaker-unified-studio/latest/adminguide/AmazonSageMakerDomainExecution.html, …/AmazonSageMakerDomainService.html
    this.executionRole = this.role('Execution', place, 'catalogue-execution', 'Acts for whoever uses the catalogue\'s portal',
      version === 'V2' ? 'SageMakerStudioDomainExecutionRolePolicy' : 'AmazonDataZoneDomainExecutionRolePolicy', version === 'V2' ? ['sts:TagSession', 'sts:SetContext'] : ['sts:TagSession']);
    const readsKey = exactPolicy(this, 'ExecutionKey', {
      place, name: `${platformNames.role(place, 'catalogue-execution')}-key`, roles: [this.executionRole], description: 'The portal of the catalogue reads what its key encrypts',
      statements: [{ sid: 'Key', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] }],
    });
    this.resource = new datazone.CfnDomain(this, 'Resource', {
      name: platformNames.catalogue(place), description: `The catalogue of the mesh ${place.mesh}`, domainVersion: version, kmsKeyIdentifier: key.keyArn,
      domainExecutionRole: this.executionRole.roleArn,
      ...(version === 'V2'
        ? { serviceRole: this.role('Service', place, 'catalogue-service', 'DataZone does the catalogue\'s own work with it', 'SageMakerStudioDomainServiceRolePolicy').roleArn }
        : {}),
      // Whoever is to be in the catalogue is put there: being in the organisation's directory is not enough.
      ...(identityCenter === undefined ? {} : { singleSignOn: { type: 'IAM_IDC', userAssignment: 'MANUAL', idcInstanceArn: identityCenter } }),
    });
    this.resource.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.resource.node.addDependency(readsKey);
  }

  private role(id: string, place: DomainPlace, name: string, description: string, policy: string, sessions: string[] = []): iam.Role {
    const service = new iam.ServicePrincipal('datazone.amazonaws.com');
    const here = { StringEquals: { 'aws:SourceAccount': place.account } };
    const role = new iam.Role(this, id, {
      roleName: platformNames.role(place, name), path: domainNames.platformPath(place), description,
      assumedBy: service.withConditions(here), managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName(`service-role/${policy}`)],
    });
    if (sessions.length > 0) {
      role.assumeRolePolicy!.addStatements(new iam.PolicyStatement({
        principals: [service], actions: sessions, conditions: { ...here, 'ForAllValues:StringLike': { 'aws:TagKeys': 'datazone*' } },
      }));
    }
    Validations.of(role).acknowledge(
      { id: 'mesh-policy::MESH-IAM-9', reason: AWS_POLICY },
      { id: `AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/${policy}]`, reason: AWS_POLICY },
    );
    return role;
  }
}
