import { checkKnown } from '../../lib/plan/checked-prop';

/** Of a network that is made. */
export interface NewNetworkOptions {
  /**
   * NAT gateways, for sources on the internet; each costs about a dollar a day.
   * @default 0, jobs reach AWS and what is connected to the network, and nothing else
   */
  readonly natGateways?: number;
}

/** Where the network of a domain comes from. */
export class NetworkSource {
  /**
   * A VPC that is there, with its private subnets. Its endpoints are whose it is.
   * @param vpcId is looked up when the app is synthesised
   */
  public static vpc(vpcId: string): NetworkSource {
    if (!/^vpc-[0-9a-f]+$/.test(vpcId)) throw new Error(`vpcId must be the id of a VPC, got ${vpcId}; write it as vpc-0a1b2c3d`);
    return new NetworkSource(vpcId, undefined, 0);
  }

  /**
   * A VPC of the domain's own in two availability zones, with endpoints for what jobs call.
   * @param block such as 10.0.0.0/16, of 16 to 24 bits
   */
  public static cidr(block: string, options: NewNetworkOptions = {}): NetworkSource {
    const bits = Number(/^(?:\d{1,3}\.){3}\d{1,3}\/(\d{1,2})$/.exec(block)?.[1]);
    if (!(bits >= 16 && bits <= 24)) throw new Error(`the block of a network must have 16 to 24 bits, got ${block}; write it as 10.0.0.0/16`);
    checkKnown(options, { natGateways: true });
    const { natGateways = 0 } = options;
    if (!Number.isInteger(natGateways) || natGateways < 0 || natGateways > 2) throw new Error(`natGateways must be 0, 1 or 2, one for each availability zone at most, got ${natGateways}`);
    return new NetworkSource(undefined, block, natGateways);
  }

  private constructor(
    /** Of a VPC that is there. */
    public readonly vpcId: string | undefined,
    /** Of one that is made. */
    public readonly block: string | undefined,
    /** Of one that is made. */
    public readonly natGateways: number,
  ) {}
}
