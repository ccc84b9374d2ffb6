import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as dz from '@aws-sdk/client-datazone';
import { GetResourceShareAssociationsCommand, RAMClient, type ResourceShareAssociation } from '@aws-sdk/client-ram';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { CERTIFICATE_FORM, CONTRACT_FORM } from '../../../constructs/catalogue/form-types';
import { GovernanceHandler } from '../../../constructs/governance/governance-handler';
import { glossaryTerms } from '../../../constructs/governance/glossary-terms';
import { CatalogueWordsResource } from '../../../constructs/governance/handler/catalogue-words-resource';
import { type Outside } from '../../../constructs/governance/handler/outside';
import { ProjectResource } from '../../../constructs/governance/handler/project-resource';
import { ShareResource } from '../../../constructs/governance/handler/share-resource';
import { type CatalogueWords } from '../../../constructs/governance/words';
import { type Call, customResource } from '../../../constructs/handlers/custom-resource';
import { parseVocabulary } from '../../../lib/contract/vocabulary';
import { askedBy } from '../../support/asked-actions';
import { CloudFormation } from '../../support/cloudformation';
import { faultAtEveryCall, strictMock } from '../../support/strict-mock';

const datazone = strictMock(dz.DataZoneClient, 'datazone');
const ram = strictMock(RAMClient, 'ram');
const s3 = strictMock(S3Client, 's3');

const SERVED = { mesh: 'shoply', environment: null, domain: 'platform', account: '111111111111', region: 'eu-west-1', platformAccount: '111111111111', platformRegion: 'eu-west-1' };
const DOMAIN = 'dzd_shoply';
const SHARE = 'arn:aws:ram:eu-west-1:111111111111:resource-share/1';

let assumed: string[];
let pauses: number;
let remaining: number;
let outside: Outside;
let call: Call;
beforeEach(() => {
  for (const mock of [datazone, ram, s3]) mock.reset();
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  [pauses, remaining, assumed] = [0, 600_000, []];
  outside = {
    served: SERVED, datazone: new dz.DataZoneClient({}), ram: new RAMClient({}), s3: new S3Client({}),
    datazoneAs: (roleArn) => {
      assumed.push(roleArn);
      return Promise.resolve(new dz.DataZoneClient({}));
    },
    pause: (ms) => {
      pauses += 1;
      remaining -= ms;
      return Promise.resolve();
    },
  };
  call = { requestId: 'r', stackId: 's', logicalId: 'l', remaining: () => remaining, signal: new AbortController().signal };
});
afterEach(() => { jest.restoreAllMocks(); });

describe('a share', () => {
  const asked = { ShareArn: SHARE, Accounts: '222222222222,333333333333' };
  const association = (associatedEntity: string, status: ResourceShareAssociation['status'], statusMessage?: string): ResourceShareAssociation => ({ resourceShareArn: SHARE, associatedEntity, associationType: 'PRINCIPAL', status, statusMessage });
  const answer = (...pages: ResourceShareAssociation[][]): void => {
    let look = 0;
    ram.on(GetResourceShareAssociationsCommand).callsFake(() => ({ resourceShareAssociations: pages[Math.min(look++, pages.length - 1)] }));
  };
  const created = async (): Promise<unknown> => {
    const resource = new ShareResource(outside);
    return resource.create(resource.parse(asked), call);
  };

  test('is done once every account has it, and no sooner', async () => {
    answer([association('222222222222', 'ASSOCIATED'), association('333333333333', 'ASSOCIATING')], [association('222222222222', 'ASSOCIATED')], [association('222222222222', 'ASSOCIATED'), association('333333333333', 'ASSOCIATED')]);
    expect(await created()).toEqual({ Shared: '222222222222,333333333333' });
    expect(pauses).toBe(2);
  });

  test('that an account has not accepted says in which one somebody has to, and how', async () => {
    answer([association('222222222222', 'ASSOCIATED'), association('333333333333', 'ASSOCIATING')]);
    await expect(created()).rejects.toThrow(`${SHARE} has not reached 333333333333 → accept the invitation there (aws ram get-resource-share-invitations, then accept-resource-share-invitation) or write governance.organization in mesh.yaml, and deploy again`);
  });

  test('that fails says why, at once', async () => {
    answer([association('333333333333', 'FAILED', 'the account is in another organisation')]);
    await expect(created()).rejects.toThrow('with 333333333333: the account is in another organisation → correct the account in mesh.yaml');
    expect(pauses).toBe(0);
  });

  test('is there for whoever relies on it, or fails the deployment with why, whichever of its calls fails', async () => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const cloudFormation = new CloudFormation(customResource(() => new ShareResource(outside)));
    let failed = 0;
    const faults = await faultAtEveryCall(async (during) => {
      ram.reset();
      answer([association('222222222222', 'ASSOCIATED'), association('333333333333', 'ASSOCIATING')], [association('222222222222', 'ASSOCIATED'), association('333333333333', 'ASSOCIATED')]);
      await during(() => cloudFormation.deploy({ Share: asked })).catch((error: Error) => {
        expect([error.message, cloudFormation.resources]).toEqual([expect.stringContaining('GetResourceShareAssociations was '), {}]);
        failed += 1;
      });
      await cloudFormation.deploy({ Share: asked });
      expect(cloudFormation.resources.Share).toMatchObject({ physicalId: SHARE });
      await cloudFormation.destroy();
    });
    expect([failed, faults]).toEqual([4, 4]);
  });

  test('with what is no account is refused', () => {
    expect(() => new ShareResource(outside).parse({ ...asked, Accounts: '222222222222,all' })).toThrow('Accounts must be numbers of accounts with commas between them, received all');
  });
});

/** DataZone as far as the platform's project and its words go. A term that was just made is not found yet while `blind`. */
class FakeCatalogue {
  readonly projects: { id: string; name: string; profile?: string }[] = [];
  readonly glossaries = new Map<string, string>();
  readonly terms = new Map<string, dz.GlossaryTermItem>();
  readonly formTypes = new Set<string>();
  readonly changes: string[] = [];
  blind = false;
  private readonly tokens = new Map<string, object>();

  constructor() {
    datazone.on(dz.ListProjectsCommand).callsFake(({ name }: dz.ListProjectsInput) => ({ items: this.projects.filter((each) => each.name.startsWith(name!)).map((each) => ({ domainId: DOMAIN, id: each.id, name: each.name, createdBy: 'x' })) }));
    datazone.on(dz.CreateProjectCommand).callsFake(({ name, projectProfileId }: dz.CreateProjectInput) => {
      if (this.projects.some((each) => each.name === name)) throw named('ConflictException');
      this.changes.push('CreateProject');
      const project = { id: 'project1', name: name!, profile: projectProfileId };
      this.projects.push(project);
      return { domainId: DOMAIN, id: project.id, name, createdBy: 'x' };
    });
    datazone.on(dz.GetProjectCommand).callsFake(({ identifier }: dz.GetProjectInput) => ({ domainId: DOMAIN, id: identifier, name: 'mesh-platform', createdBy: 'x', projectStatus: 'ACTIVE' }));
    datazone.on(dz.GetFormTypeCommand).callsFake(({ formTypeIdentifier: name }: dz.GetFormTypeInput) => {
      if (!this.formTypes.has(name!)) throw named('ResourceNotFoundException');
      return { domainId: DOMAIN, name, revision: '1', model: { smithy: 'structure X {}' } };
    });
    datazone.on(dz.CreateFormTypeCommand).callsFake(({ name }: dz.CreateFormTypeInput) => {
      if (this.formTypes.has(name!)) throw named('ConflictException');
      this.formTypes.add(name!);
      return { domainId: DOMAIN, name, revision: '1' };
    });
    datazone.on(dz.SearchCommand).callsFake(({ searchScope }: dz.SearchInput) => ({
      items: this.blind ? [] : searchScope === 'GLOSSARY'
        ? [...this.glossaries].map(([name, id]) => ({ glossaryItem: { domainId: DOMAIN, id, name, owningProjectId: 'project1', status: 'ENABLED' } }))
        : [...this.terms.values()].map((glossaryTermItem) => ({ glossaryTermItem })),
    }));
    datazone.on(dz.CreateGlossaryCommand).callsFake((input: dz.CreateGlossaryInput) => this.once(input.clientToken!, () => {
      if (this.glossaries.has(input.name!)) throw named('ConflictException');
      this.glossaries.set(input.name!, `glossary-${input.name}`);
      return { domainId: DOMAIN, id: `glossary-${input.name}`, name: input.name, owningProjectId: 'project1' };
    }));
    datazone.on(dz.CreateGlossaryTermCommand).callsFake((input: dz.CreateGlossaryTermInput) => this.once(input.clientToken!, () => {
      if (this.terms.has(input.name!)) throw named('ConflictException');
      const id = `term${this.terms.size + 1}`;
      this.terms.set(input.name!, { domainId: DOMAIN, id, name: input.name, glossaryId: input.glossaryIdentifier, shortDescription: input.shortDescription, longDescription: input.longDescription, status: 'ENABLED' });
      return { domainId: DOMAIN, id, name: input.name, glossaryId: input.glossaryIdentifier, status: 'ENABLED' };
    }));
    datazone.on(dz.UpdateGlossaryTermCommand).callsFake((input: dz.UpdateGlossaryTermInput) => {
      const there = [...this.terms.values()].find(({ id }) => id === input.identifier)!;
      this.changes.push(`UpdateGlossaryTerm ${there.name}`);
      const next = { ...there, ...(input.glossaryIdentifier === undefined ? {} : { glossaryId: input.glossaryIdentifier }), ...(input.shortDescription === undefined ? {} : { shortDescription: input.shortDescription, longDescription: input.longDescription }), status: input.status };
      this.terms.set(there.name!, next);
      return { domainId: DOMAIN, id: next.id, name: next.name, glossaryId: next.glossaryId, status: next.status };
    });
  }

  private once(token: string, make: () => object): object {
    const answer = this.tokens.get(token) ?? make();
    this.tokens.set(token, answer);
    return answer;
  }
}

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}

function wordsOf(vocabulary: string): CatalogueWords {
  const loaded = parseVocabulary(vocabulary, 'vocabulary.yaml');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return { terms: glossaryTerms(loaded.vocabulary), forms: [CONTRACT_FORM, CERTIFICATE_FORM] };
}

const VOCABULARY = 'terms: {Order: {definition: What a customer asked for., context: sales, synonyms: [purchase], owner: sales-data@shoply.com}, Day: {definition: "A day, in UTC."}}';

async function deploy(vocabulary: string): Promise<Record<string, string>> {
  const bytes = Buffer.from(JSON.stringify(wordsOf(vocabulary)));
  s3.on(GetObjectCommand).callsFake(() => ({ Body: Object.assign(Uint8Array.from(bytes), { transformToByteArray: () => Promise.resolve(bytes) }) }));
  const resource = new CatalogueWordsResource(outside);
  return resource.create(resource.parse({ DomainId: DOMAIN, ProjectId: 'project1', WordsUrl: 's3://assets/words.json', WordsDigest: createHash('sha256').update(bytes).digest('hex') }));
}

describe('the platform\'s project', () => {
  const created = async (profile = 'profile1'): Promise<unknown> => {
    const resource = new ProjectResource(outside);
    return resource.create(resource.parse({ DomainId: DOMAIN, ProfileId: profile }), call);
  };

  test('is made once, from the profile that the catalogue has', async () => {
    const catalogue = new FakeCatalogue();
    expect([await created(), await created()]).toEqual([{ ProjectId: 'project1' }, { ProjectId: 'project1' }]);
    expect(catalogue.projects).toEqual([{ id: 'project1', name: 'mesh-platform', profile: 'profile1' }]);
  });

  test('in a domain of version 1 is made from none', async () => {
    const catalogue = new FakeCatalogue();
    await created('');
    expect(catalogue.projects[0].profile).toBeUndefined();
  });

  test('of a consumer is made by the role that subscribes for it, which thereby owns it', async () => {
    const catalogue = new FakeCatalogue();
    const resource = new ProjectResource(outside);
    const RoleArn = 'arn:aws:iam::111111111111:role/mesh-platform/lens/mesh-lens-catalogue-subscriber';
    const asked = resource.parse({ DomainId: DOMAIN, ProfileId: 'profile1', RoleArn, Name: 'mesh-lens', Description: 'What the consumer lens has subscribed to' });
    expect([await resource.create(asked, call), resource.physicalId(asked)]).toEqual([{ ProjectId: 'project1' }, `${DOMAIN}/mesh-lens`]);
    expect([catalogue.projects, assumed]).toEqual([[{ id: 'project1', name: 'mesh-lens', profile: 'profile1' }], [RoleArn]]);
  });

  test('is one, whichever call fails', async () => {
    const faults = await faultAtEveryCall(async (during) => {
      datazone.reset();
      const catalogue = new FakeCatalogue();
      await during(() => created()).catch(() => undefined);
      expect(await created()).toEqual({ ProjectId: 'project1' });
      expect(catalogue.projects).toHaveLength(1);
    });
    expect(faults).toBe(6);
  });

  test('that cannot be set up fails the deployment with why', async () => {
    new FakeCatalogue();
    datazone.on(dz.GetProjectCommand).callsFake(() => ({ domainId: DOMAIN, id: 'project1', name: 'mesh-platform', createdBy: 'x', environmentDeploymentDetails: { overallDeploymentStatus: 'FAILED_DEPLOYMENT' } }));
    await expect(created()).rejects.toThrow('DataZone could not set up the project mesh-platform: FAILED_DEPLOYMENT');
  });
});

describe('the words of the catalogue', () => {
  test('are a glossary for each context, with all that the vocabulary says of a term', async () => {
    const catalogue = new FakeCatalogue();
    expect(await deploy(VOCABULARY)).toEqual({ Terms: '2', Changed: '2' });
    expect([...catalogue.glossaries.keys()]).toEqual(['sales', 'common']);
    expect(catalogue.terms.get('Order')).toMatchObject({
      glossaryId: 'glossary-sales', shortDescription: 'What a customer asked for.', longDescription: 'What a customer asked for.\n\nAlso called: purchase\n\nDecided by: sales-data@shoply.com',
    });
    expect([...catalogue.formTypes]).toEqual(['MeshContractForm', 'MeshCertificateForm']);
  });

  test('that say the same are left alone; a changed definition and a moved term are corrected, a term that is gone is switched off', async () => {
    const catalogue = new FakeCatalogue();
    await deploy(VOCABULARY);
    expect(await deploy(VOCABULARY)).toEqual({ Terms: '2', Changed: '0' });
    expect(await deploy('terms: {Order: {definition: What was bought., context: crm}}')).toEqual({ Terms: '1', Changed: '2' });
    expect(catalogue.terms.get('Order')).toMatchObject({ glossaryId: 'glossary-crm', shortDescription: 'What was bought.' });
    expect(catalogue.terms.get('Day')).toMatchObject({ status: 'DISABLED' });
    expect(await deploy(VOCABULARY)).toEqual({ Terms: '2', Changed: '2' });
    expect(catalogue.terms.get('Day')).toMatchObject({ status: 'ENABLED' });
  });

  test('longer than DataZone takes are cut where it stops', () => {
    const [{ short, long }] = wordsOf(`terms: {Order: {definition: "${'x'.repeat(5000)}"}}`).terms;
    expect([short.length, long.length, short.endsWith(' …')]).toEqual([1024, 4096, true]);
  });

  test('that DataZone does not find yet are not made twice, and fail nothing', async () => {
    const catalogue = new FakeCatalogue();
    await deploy(VOCABULARY);
    catalogue.blind = true;
    await deploy(VOCABULARY.replace('in UTC', 'in UTC always'));
    expect(catalogue.terms.size).toBe(2);
  });

  test('are complete after another deployment, whatever call of the first one failed', async () => {
    await faultAtEveryCall(async (during) => {
      for (const mock of [datazone, s3]) mock.reset();
      const catalogue = new FakeCatalogue();
      await during(() => deploy(VOCABULARY)).catch(() => undefined);
      await deploy(VOCABULARY);
      expect([catalogue.terms.size, catalogue.glossaries.size, catalogue.formTypes.size]).toEqual([2, 2, 2]);
    });
  });

  test('that are not those that were deployed are refused', async () => {
    new FakeCatalogue();
    s3.on(GetObjectCommand).callsFake(() => ({ Body: Object.assign(new Uint8Array(), { transformToByteArray: () => Promise.resolve(Buffer.from('{}')) }) }));
    const resource = new CatalogueWordsResource(outside);
    await expect(resource.create(resource.parse({ DomainId: DOMAIN, ProjectId: 'p', WordsUrl: 's3://assets/words.json', WordsDigest: 'abc' }))).rejects.toThrow('s3://assets/words.json is not the vocabulary that was deployed');
  });
});

test('the handler may do what its code asks for, and nothing else', () => {
  const stack = new Stack(new App({ treeMetadata: false }), 'Stack', { env: { account: SERVED.account, region: SERVED.region } });
  const key = (id: string): kms.IKey => kms.Key.fromKeyArn(stack, id, `arn:aws:kms:eu-west-1:111111111111:key/${id}`);
  new GovernanceHandler(stack, 'Handler', { place: SERVED, key: key('key'), catalogueKey: key('catalogue'), consumers: [{ ...SERVED, domain: 'lens', account: '777777777777' }] });
  const granted = Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy')).flatMap(({ Properties }) => (Properties as { PolicyDocument: { Statement: { Action: string | string[] }[] } }).PolicyDocument.Statement.flatMap(({ Action }) => Action));
  expect(granted.filter((action) => /^(datazone|ram|s3|sts):/.test(action)).sort()).toEqual(askedBy('constructs/governance/handler/index.ts'));
});
