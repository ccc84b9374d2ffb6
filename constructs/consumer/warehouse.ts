import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as redshift from 'aws-cdk-lib/aws-redshiftserverless';
import { Construct } from 'constructs';
import { exactPolicy } from '../domain/exact-policy';
import { type DomainPlace } from '../domain/naming';
import { ADMIN_NAME, DATABASE_NAME, type Mart } from '../marts/mart';
import { MartsKeeper } from '../marts/marts-keeper';
import { asDomain, consumerNames, type ConsumerPlace } from './naming';
import { WarehouseKey } from './warehouse-key';

/** What a consumer's warehouse is made from. */
export interface WarehouseProps {
  readonly place: ConsumerPlace;
  readonly vpcId: string;
  /** Private ones, in three availability zones. */
  readonly subnetIds: readonly string[];
  /** CIDR blocks of JDBC clients. */
  readonly clients: readonly string[];
  /** In RPUs. */
  readonly baseCapacity: number;
  /** RPU-hours a month, after which queries are refused. */
  readonly monthlyLimit: number;
  /** Databases of the account's catalogue, links among them, that are queried from the warehouse. */
  readonly databases: readonly string[];
  readonly marts: readonly Mart[];
  readonly refreshHours: number;
  /** Domains whose databases they are. */
  readonly domains: readonly Pick<DomainPlace, 'domain' | 'account'>[];
  /** Whether people of the consumer query: its analyst role is let in. */
  readonly hasAnalysts: boolean;
}

/** Of Redshift, for JDBC. */
const PORT = 5439;

/**
 * Redshift Serverless over what a consumer was granted: databases of domains as external schemas, read with a role that is granted what the
 * consumer's other roles are, and marts. It holds copies and nothing that is not elsewhere, so it goes with its stack, and no snapshot of it stays.
 */
export class Warehouse extends Construct {
  readonly namespace: redshift.CfnNamespace;
  readonly workgroup: redshift.CfnWorkgroup;
  readonly marts: MartsKeeper;

  constructor(scope: Construct, id: string, props: WarehouseProps) {
    super(scope, id);
    const { place } = props;
    const name = consumerNames.warehouse(place);
    const { key } = new WarehouseKey(this, 'Key', { place });
    const role = consumerNames.roleArn(place, 'warehouse');
    this.namespace = new redshift.CfnNamespace(this, 'Namespace', {
      namespaceName: name, dbName: DATABASE_NAME, kmsKeyId: key.keyArn, adminUsername: ADMIN_NAME, manageAdminPassword: true, adminPasswordSecretKmsKeyId: key.keyArn,
      iamRoles: [role], defaultIamRoleArn: role, logExports: ['connectionlog', 'useractivitylog', 'userlog'],
    });
    this.namespace.applyRemovalPolicy(RemovalPolicy.DESTROY);
    this.workgroup = new redshift.CfnWorkgroup(this, 'Workgroup', {
      workgroupName: name, namespaceName: name, baseCapacity: props.baseCapacity, publiclyAccessible: false, enhancedVpcRouting: true,
      subnetIds: [...props.subnetIds], securityGroupIds: [this.network(props).attrGroupId], port: PORT,
      configParameters: [{ parameterKey: 'require_ssl', parameterValue: 'true' }, { parameterKey: 'enable_user_activity_logging', parameterValue: 'true' }],
    });
    this.workgroup.addResourceDependency(this.namespace);
    const { attrWorkgroupWorkgroupArn: workgroupArn } = this.workgroup;
    this.marts = new MartsKeeper(this, 'Marts', {
      place, key, namespaceArn: this.namespace.attrNamespaceNamespaceArn, workgroupArn, databases: props.databases, marts: props.marts, refreshHours: props.refreshHours,
      monthlyLimit: props.monthlyLimit, domains: props.domains,
    });
    this.marts.resource.node.addDependency(this.workgroup);
    if (props.hasAnalysts) this.letIn(place, workgroupArn);
  }

  private network({ place, vpcId, clients }: WarehouseProps): ec2.CfnSecurityGroup {
    return new ec2.CfnSecurityGroup(this, 'Network', {
      groupDescription: `The warehouse of the consumer ${place.consumer}`, vpcId,
      securityGroupIngress: clients.length === 0 ? undefined : clients.map((cidrIp) => ({ ipProtocol: 'tcp', fromPort: PORT, toPort: PORT, cidrIp, description: 'JDBC clients' })),
      // With enhanced routing it reaches AWS from the network.
      securityGroupEgress: [{ ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0', description: 'AWS' }],
    });
  }

  /** Redshift makes them a user called IAMR:<role>, who may what the tag of the role says. */
  private letIn(place: ConsumerPlace, workgroupArn: string): void {
    const name = `${consumerNames.prefix(place)}-connects`;
    exactPolicy(this, 'Connects', {
      place: asDomain(place), name, path: consumerNames.path(place), roles: [iam.Role.fromRoleName(this, 'Analyst', consumerNames.role(place, 'analyst'))],
      description: `How analysts of the consumer ${place.consumer} get into its warehouse`,
      statements: [
        { sid: 'Connect', actions: ['redshift-serverless:GetCredentials', 'redshift-serverless:GetWorkgroup'], resources: [workgroupArn] },
        { sid: 'Ask', actions: ['redshift-data:ExecuteStatement', 'redshift-data:BatchExecuteStatement'], resources: [workgroupArn] },
        {
          sid: 'Answers', actions: ['redshift-data:DescribeStatement', 'redshift-data:GetStatementResult', 'redshift-data:CancelStatement'], resources: ['*'],
          why: 'they take no resource; the condition says whose statements',
          conditions: { StringEquals: { 'redshift-data:statement-owner-iam-userid': '${aws:userid}' } },
        },
      ],
    });
  }
}
