import { CatalogueProjectResource } from '../../../constructs/catalogue/handler/catalogue-project-resource';
import { customResource } from '../../../constructs/handlers/custom-resource';
import { CloudFormation } from '../../support/cloudformation';
import { faultAtEveryCall } from '../../support/strict-mock';
import { World } from './world';

const ASKED = { Project: { InterfaceVersion: '1', Domain: 'sales', Environment: '' } };

let world: World;
let foundation: CloudFormation;

function fresh(): void {
  world = World.start();
  world.aws.projects.length = 0;
  foundation = new CloudFormation(customResource(() => new CatalogueProjectResource(world.outside)), 'sales-foundation');
}

beforeEach(() => {
  for (const level of ['log', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
  fresh();
});
afterEach(() => { jest.restoreAllMocks(); });

async function deployed(): Promise<Record<string, string> | undefined> {
  await foundation.deploy(ASKED);
  return foundation.answers.at(-1)?.Data;
}

/** Who decides on subscriptions and who describes products are members of the project that publishes. */
const PEOPLE = ['CreateProjectMembership owner PROJECT_OWNER', 'CreateProjectMembership steward PROJECT_CONTRIBUTOR'];

describe('the project of a domain', () => {
  test('is made once, by the publisher role, which thereby owns it', async () => {
    expect(await deployed()).toEqual({ ProjectId: world.aws.projects[0].id, DomainId: 'dzd_shoply', Project: 'ready' });
    await foundation.again();
    expect(world.aws.changes).toEqual(['CreateProject', ...PEOPLE]);
  });

  test('that takes no roles as members is made all the same, and the log says who has to be brought in by hand', async () => {
    const warned = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    world.aws.refusesRoles = true;
    expect(await deployed()).toMatchObject({ Project: 'ready' });
    expect(warned.mock.calls.map(([line]) => (JSON.parse(String(line)) as { notAMember: string }).notAMember)).toEqual([
      expect.stringMatching(/role\/mesh-platform\/sales\/mesh-sales-catalogue-owner$/), expect.stringMatching(/mesh-sales-catalogue-steward$/),
    ]);
    warned.mockRestore();
  });

  test('that somebody else has made is taken, and the publisher role becomes a member of it', async () => {
    world.aws.addProject([]);
    await deployed();
    await foundation.again();
    expect(world.aws.changes).toEqual(['CreateProjectMembership publisher PROJECT_OWNER', ...PEOPLE]);
  });

  test('is waited for, but no deployment fails for a platform that is slow or not there', async () => {
    world.aws.slowness = Infinity;
    expect(await deployed()).toEqual({ ProjectId: '', DomainId: '', Project: 'not ready yet: still waiting for the project mesh-sales to be set up' });
    fresh();
    world.aws.parameters = {};
    expect(await deployed()).toEqual({ ProjectId: '', DomainId: '', Project: 'not made: the platform\'s account has no parameter /mesh/catalogue/domain-id; deploy the foundation again once that is there' });
  });

  test('stays when the foundation goes: listings and subscriptions hang on it', async () => {
    await deployed();
    await foundation.destroy();
    expect(world.aws.projects).toHaveLength(1);
  });

  test('of another domain is refused', async () => {
    await expect(foundation.deploy({ Project: { ...ASKED.Project, Domain: 'marketing' } })).rejects.toThrow('this is the foundation of sales, the request is of "marketing"');
  });

  test('is one, whatever call fails', async () => {
    await faultAtEveryCall(async (during) => {
      fresh();
      await during(() => foundation.deploy(ASKED)).catch(() => undefined);
      if (Object.keys(foundation.resources).length === 0) await foundation.deploy(ASKED);
      expect(world.aws.projects).toHaveLength(1);
    });
  });
});
