import { Fn, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as glue from 'aws-cdk-lib/aws-glue';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { domainNames, type DomainPlace } from './naming';
import { type NetworkSource } from './network-source';

/** What a domain's network is made from. */
export interface DomainNetworkProps {
  readonly place: DomainPlace;
  readonly source: NetworkSource;
  /** Takes the log of its traffic. */
  readonly logs: s3.IBucket;
}

/** Where PostgreSQL listens, the one kind of data base that pipelines read. */
const POSTGRESQL = 5432;

/** What jobs call, each by an endpoint of its own. */
const SERVICES: readonly [id: string, service: ec2.InterfaceVpcEndpointAwsService][] = [
  ['Glue', ec2.InterfaceVpcEndpointAwsService.GLUE],
  ['Logs', ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS],
  ['Monitoring', ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING],
  ['SecretsManager', ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER],
  ['Kms', ec2.InterfaceVpcEndpointAwsService.KMS],
  ['Sts', ec2.InterfaceVpcEndpointAwsService.STS],
  ['Athena', ec2.InterfaceVpcEndpointAwsService.ATHENA],
  ['LakeFormation', ec2.InterfaceVpcEndpointAwsService.LAKE_FORMATION],
  ['Events', ec2.InterfaceVpcEndpointAwsService.EVENTBRIDGE],
];

/** Where jobs run that read databases: a VPC, what they may reach from it, and the connection by which Glue puts them there. */
export class DomainNetwork extends Construct {
  readonly vpc: ec2.IVpc;
  readonly securityGroup: ec2.SecurityGroup;
  readonly connection: glue.CfnConnection;

  constructor(scope: Construct, id: string, { place, source, logs }: DomainNetworkProps) {
    super(scope, id);
    this.vpc = source.vpcId === undefined ? this.made(source, logs) : ec2.Vpc.fromLookup(this, 'Vpc', { vpcId: source.vpcId });
    this.securityGroup = this.jobs();
    if (source.vpcId === undefined) this.endpoints(this.vpc);
    // One subnet: a job runs in one availability zone. When that fails, the next run may name another.
    const { subnetId, availabilityZone } = this.vpc.selectSubnets({ subnetType: source.natGateways > 0 || source.vpcId !== undefined ? ec2.SubnetType.PRIVATE_WITH_EGRESS : ec2.SubnetType.PRIVATE_ISOLATED }).subnets[0];
    this.connection = new glue.CfnConnection(this, 'Connection', {
      catalogId: place.account,
      connectionInput: {
        name: domainNames.networkConnection(place), connectionType: 'NETWORK', description: `Jobs of ${place.domain} reach databases by it`,
        physicalConnectionRequirements: { subnetId, availabilityZone, securityGroupIdList: [this.securityGroup.securityGroupId] },
      },
    });
  }

  private made({ block, natGateways }: NetworkSource, logs: s3.IBucket): ec2.Vpc {
    const vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(block!),
      // By number, since names of zones would have to be looked up.
      availabilityZones: [0, 1].map((zone) => Fn.select(zone, Fn.getAzs())),
      natGateways,
      subnetConfiguration: [
        { name: 'Jobs', subnetType: natGateways > 0 ? ec2.SubnetType.PRIVATE_WITH_EGRESS : ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 26 },
        ...(natGateways > 0 ? [{ name: 'Out', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 28, mapPublicIpOnLaunch: false }] : []),
      ],
      restrictDefaultSecurityGroup: false,
    });
    new ec2.CfnFlowLog(this, 'FlowLog', {
      resourceId: vpc.vpcId, resourceType: 'VPC', trafficType: 'ALL', logDestinationType: 's3', logDestination: logs.arnForObjects('network/'),
    }).node.addDependency(logs);
    for (const pack of ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321']) {
      Validations.of(vpc).acknowledge({ id: `${pack}::${pack}-VPCDefaultSecurityGroupClosed`, reason: 'nothing is in the default group; closing it takes a Lambda function with a right to change security groups' });
      if (natGateways > 0) Validations.of(vpc).acknowledge({ id: `${pack}::${pack}-VPCNoUnrestrictedRouteToIGW`, reason: 'the subnets of the NAT gateways alone have it; jobs are in others' });
    }
    return vpc;
  }

  /** Glue wants members of the group to reach one another on every port: https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html */
  private jobs(): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, 'Jobs', { vpc: this.vpc, description: 'Jobs of the domain', allowAllOutbound: false });
    group.addIngressRule(group, ec2.Port.allTcp(), 'workers of a job');
    group.addEgressRule(group, ec2.Port.allTcp(), 'workers of a job');
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'AWS');
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(POSTGRESQL), 'databases');
    return group;
  }

  private endpoints(vpc: ec2.IVpc): void {
    for (const [id, service] of [['S3', ec2.GatewayVpcEndpointAwsService.S3], ['DynamoDb', ec2.GatewayVpcEndpointAwsService.DYNAMODB]] as const) vpc.addGatewayEndpoint(id, { service });
    const group = new ec2.SecurityGroup(this, 'Endpoints', { vpc, description: 'Endpoints of AWS services', allowAllOutbound: false });
    group.addIngressRule(this.securityGroup, ec2.Port.tcp(443), 'jobs of the domain');
    for (const [id, service] of SERVICES) vpc.addInterfaceEndpoint(id, { service, securityGroups: [group], open: false, privateDnsEnabled: true });
  }
}
