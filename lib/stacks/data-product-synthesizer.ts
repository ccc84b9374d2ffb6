import { DefaultStackSynthesizer, type ISynthesisSession, type Stack } from 'aws-cdk-lib';
import { checkAttributes } from '../../constructs/domain/checked-attributes';
import { attributesOf, type DataDomainAttributes, type DataDomainFromMeshProps, placeOf } from '../../constructs/domain/data-domain';
import { domainNames, type DomainPlace } from '../../constructs/domain/naming';
import { stackName } from '../contract/names';

const ASSETS = 'cdk:asset-manifest';

/**
 * How the stack of a data product is deployed: with the roles that the foundation of its domain has for that, which make what products are
 * made of, see no data and open none. Stacks of products alone are, called `[<env>-]<domain>-<entity>-v<major>`.
 *
 * `new Stack(app, 'dev-sales-orders-v1', { env, synthesizer: DataProductSynthesizer.fromMesh({ domain: 'sales', environment: 'dev' }) })`
 */
export class DataProductSynthesizer extends DefaultStackSynthesizer {
  /**
   * For products of a domain as mesh.yaml describes it.
   * @throws when the file is not valid, or has no such domain, environment or account
   */
  public static fromMesh(props: DataDomainFromMeshProps): DataProductSynthesizer {
    return new DataProductSynthesizer(placeOf(attributesOf(props)));
  }

  /**
   * For products of a domain as its attributes describe it.
   * @throws when an attribute is none that mesh.yaml could have
   */
  public static fromDataDomainAttributes(attributes: DataDomainAttributes): DataProductSynthesizer {
    checkAttributes(attributes);
    return new DataProductSynthesizer(placeOf(attributes));
  }

  private constructor(private readonly place: DomainPlace) {
    super({ deployRoleArn: domainNames.productDeployRoleArn(place), cloudFormationExecutionRole: domainNames.productExecRoleArn(place) });
  }

  /** @throws when the stack is called as no product of the domain is */
  public override bind(stack: Stack): void {
    const { domain, environment } = this.place;
    const [before] = stackName({ domain, environment, entity: '<entity>', major: 1 }).split('<entity>');
    const rest = stack.stackName.startsWith(before) ? stack.stackName.slice(before.length) : '';
    if (!/^[a-z][a-z0-9-]*-v\d+$/.test(rest)) {
      throw new Error(`the stack of a product of ${domain} must be called ${before}<entity>-v<major>, got ${stack.stackName}; its deployment role deploys no other`);
    }
    super.bind(stack);
  }

  /**
   * What a product's stack uploads waits for the stacks that it stands on. Before it uploads, the CDK's command line takes the role that a
   * stack is deployed with, and it does so before anything is deployed: in a mesh that is deployed at once, no foundation has made that role yet.
   */
  public override synthesize(session: ISynthesisSession): void {
    const { assembly } = session;
    const dependencies = this.boundStack.dependencies.map(({ artifactId }) => artifactId);
    // The manifest of what is uploaded has no dependencies of its own to set: https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/core/lib/stack-synthesizers/asset-manifest-builder.ts
    const waiting = Object.create(assembly, {
      addArtifact: { value: (id: string, manifest: Parameters<typeof assembly.addArtifact>[1]) => { assembly.addArtifact(id, String(manifest.type) === ASSETS && dependencies.length > 0 ? { ...manifest, dependencies } : manifest); } },
    }) as typeof assembly;
    super.synthesize({ ...session, assembly: waiting });
  }
}
