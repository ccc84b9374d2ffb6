import { DefaultStackSynthesizer, type ISynthesisSession } from 'aws-cdk-lib';

const ASSETS = 'cdk:asset-manifest';

/**
 * What a product's stack uploads waits for the stacks that it stands on. Before it uploads, the CDK's command line takes the role that a stack
 * is deployed with, and it does so before anything is deployed: in a mesh that is deployed at once, no foundation has made that role yet.
 */
export class ProductSynthesizer extends DefaultStackSynthesizer {
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
