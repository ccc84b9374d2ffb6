import * as z from 'zod';
import { CLASSIFICATIONS } from '../../contract/classification';
import { consumerModel } from './mesh-consumers';
import { accessModel } from './mesh-access';
import { auditModel } from './mesh-audit';
import { environmentName, fileDigest, identifier, meshName, perEnvironment, reason, region, text } from './mesh-words';
import { governanceModel } from './mesh-governance';
import { policyModel } from '../policies/policy-model';
import { SIGNOFF_PARTS } from '../signoff/signoff-parts';

const network = z.strictObject({
  vpc: z.string().regex(/^vpc-[0-9a-f]+$/, 'a VPC, e.g. vpc-0a1b2c3d').optional(),
  cidr: z.string().regex(/^\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/, 'a CIDR block, e.g. 10.0.0.0/16').optional(),
  natGateways: z.int().nonnegative().optional(),
});

const environment = z.strictObject({
  production: z.boolean().optional().describe('Names carry no suffix; drafts are not deployed.'),
  signoffs: z.array(z.enum(SIGNOFF_PARTS)).optional().describe('Whose approval a certificate needs here.'),
});

const domain = z.strictObject({
  account: perEnvironment,
  region: region.optional().describe('The platform\'s unless written.'),
  classification: z.enum(CLASSIFICATIONS).optional().describe('Of columns that say none; internal unless written.'),
  description: text.optional(),
  owner: text.optional(),
  costCentre: text.optional(),
  network: network.optional(),
  acceptedCode: z.array(fileDigest).min(1).optional()
    .describe('SHA-256 of files that jobs may run beside those of the package: of a zip of wheels of your own, or of a release whose products were deployed before foundations kept record.'),
});

const signer = z.strictObject({
  roles: z.array(z.enum(SIGNOFF_PARTS)).min(1),
  domains: z.array(identifier).min(1).optional().describe('All unless written.'),
  keys: z.array(z.union([
    z.string().regex(/^ssh-ed25519 [A-Za-z0-9+/]+={0,2}(?: .*)?$/, 'an ssh-ed25519 public key, as in ~/.ssh/id_ed25519.pub, or {kms, publicKey}'),
    z.strictObject({
      kms: z.string().regex(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(?:key|alias)\/.+$/, 'the ARN of a KMS key, e.g. arn:aws:kms:eu-central-1:111111111111:key/…')
        .describe('Of the key spec ECC_NIST_P256.'),
      publicKey: z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, 'base64, as aws kms get-public-key prints it')
        .describe('aws kms get-public-key --key-id … --query PublicKey --output text: so that nobody needs AWS to verify.'),
    }),
  ])).min(1),
});

/** mesh.yaml: accounts, domains, environments, signers and policies; the platform team's file. */
export const meshModel = z.strictObject({
  name: meshName.describe('Of the mesh; part of the names of buckets.'),
  platform: z.strictObject({ account: perEnvironment, region, owner: text.optional(), costCentre: text.optional() }),
  environments: z.record(environmentName, environment),
  domains: z.record(identifier, domain),
  consumers: z.record(identifier, consumerModel).optional(),
  signers: z.record(text, signer).optional(),
  policies: z.array(policyModel).optional(),
  audit: auditModel.optional(),
  governance: governanceModel.optional(),
  access: accessModel.optional(),
  refusedCode: z.record(fileDigest, reason).optional()
    .describe('Files that no job of the mesh may run any more, by their SHA-256, each with the reason, which whoever deploys is told. It wins over everything that is accepted.'),
}).meta({ id: 'Mesh', title: 'cdk-data-mesh mesh' });

export type MeshFile = z.infer<typeof meshModel>;
export type MeshSigner = z.infer<typeof signer>;
export type MeshDomain = z.infer<typeof domain>;
export type { MeshConsumer } from './mesh-consumers';
