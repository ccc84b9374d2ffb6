import { type Certificate } from '../../../constructs/catalogue/handler/certificate';
import { inspectListing } from '../../../constructs/catalogue/handler/inspect-listing';
import { repair } from '../../../constructs/catalogue/handler/repair';
import { type Plan } from '../../../lib/plan/plan-schema';
import { PUBLISHER } from './fake-datazone';
import { IDENTITY, LISTED, place, plan, World } from './world';

let world: World;

beforeEach(() => {
  for (const level of ['log', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
  world = World.start();
});
afterEach(() => { jest.restoreAllMocks(); });

describe('the lifecycle', () => {
  type Row = [status: Plan['product']['status'], certificate: 'none' | Certificate['verdict'], listed: boolean, says: string];
  test.each<Row>([
    ['draft', 'none', false, 'not listed: its contract is draft'],
    ['draft', 'certified', false, 'not listed: its contract is draft'],
    ['active', 'none', false, 'not listed: it has no certificate yet; its first certified run lists it'],
    ['active', 'provisional', false, 'not listed: its certificate is provisional: the sign-off of security is missing'],
    ['active', 'certified', true, 'listed'],
    ['deprecated', 'certified', true, 'listed'],
    ['retired', 'none', false, 'not listed: its contract is retired'],
    ['retired', 'certified', false, 'not listed: its contract is retired'],
  ])('%s with certificate %s is listed: %s', async (status, certificate, listed, says) => {
    if (certificate !== 'none') await world.publish({ verdict: certificate });
    const signoff = { required: ['security'], valid: [], problems: ['the sign-off of security is missing'] };
    expect(await world.deploy(plan(status, { signoff }))).toBe(says);
    expect(world.aws.listed()).toEqual(listed ? LISTED : {});
  });

  test('of a product from draft to retired is seen in the catalogue', async () => {
    await world.deploy(plan('draft'));
    expect([world.aws.products.length, world.aws.listed()]).toEqual([1, {}]);
    await world.deploy(plan('active'));
    await world.run();
    expect(world.aws.listed()).toEqual(LISTED);
    await world.deploy(plan('deprecated', { catalogue: { ...plan().catalogue, supersededBy: '2.0.0', endOfLife: '2031-06-30' } }));
    const [product] = world.aws.products;
    expect(world.aws.listed()).toEqual(LISTED);
    expect(world.aws.latest(product).description).toMatch(/^DEPRECATED: no new subscriptions\. Use 2\.0\.0 instead\. It is there until 2031-06-30\.\n\n/);
    expect(world.aws.form(product, 'MeshContract')).toMatchObject({ status: 'deprecated', supersededBy: '2.0.0', endOfLife: '2031-06-30' });
    await world.deploy(plan('retired'));
    expect([world.aws.products.length, world.aws.listed()]).toEqual([1, {}]);
  });

  test('leaves nothing of a product that is retired before it was ever there', async () => {
    await world.deploy(plan('retired'));
    expect(world.aws.changes).toEqual([]);
  });
});

describe('a deployment', () => {
  test('imports the published tables, and nothing else, before anything is published', async () => {
    await world.deploy(plan());
    expect(world.aws.sources).toEqual([expect.objectContaining({
      name: 'mesh-sales-orders-v1', where: 'connection1', publishOnImport: false,
      filters: [{ databaseName: 'sales', filterExpressions: [{ type: 'INCLUDE', expression: 'orders_v1' }] }],
    })]);
    expect(world.aws.changes).toEqual(['CreateDataSource', 'StartDataSourceRun', 'CreateFormType', 'CreateFormType', 'CreateAssetRevision', 'CreateDataProduct']);
  });

  test('puts contract and certificate on the data product and on its assets', async () => {
    await world.publish();
    await world.deploy(plan('active', { catalogue: { ...plan().catalogue, support: [{ channel: 'sales-data', tool: 'email', url: 'mailto:sales-data@shoply.example', description: null }], sampleQueries: [{ title: 'All', sql: 'SELECT 1\n' }] } }));
    for (const entity of [world.aws.products[0], world.aws.assets[0]]) {
      expect(world.aws.form(entity, 'MeshContract')).toEqual({
        product: 'dp_sales_orders', version: '1.0.0', status: 'active', owner: 'orders-owner@shoply.com', serviceLevel: 'freshness: 6 h', support: 'mailto:sales-data@shoply.example', sampleQueries: '-- All\nSELECT 1',
      });
      expect(world.aws.form(entity, 'MeshCertificate')).toEqual({ verdict: 'certified', contractDigest: plan().digests.contract, since: '2030-01-01T06:00:00Z', certificateId: '6c9d2f0e-5a57-5f5c-9d5b-000000000001' });
    }
  });

  test('keeps every form and term that others have put there, with its revision', async () => {
    await world.deploy(plan());
    const [asset] = world.aws.assets;
    const steward = { formName: 'Steward', typeName: 'StewardForm', typeRevision: '3', content: '{"note":"checked"}' };
    world.aws.formTypes.set('StewardForm', '3');
    for (const entity of [asset, world.aws.products[0]]) world.aws.revise(entity, (revision) => ({ ...revision, forms: [...revision.forms, steward], terms: ['theirs'] }));
    world.aws.terms.set('Order', 'term1');
    await world.deploy(plan('active', { catalogue: { ...plan().catalogue, terms: [{ term: 'Order', definition: 'What a customer buys at once.' }] } }));
    expect(world.aws.latest(asset).forms.map(({ formName }) => formName).sort()).toEqual(['DataSourceReferenceForm', 'GlueTableForm', 'MeshContract', 'Steward']);
    for (const entity of [asset, world.aws.products[0]]) {
      expect(world.aws.latest(entity).forms).toContainEqual(steward);
      expect(world.aws.latest(entity).terms).toEqual(['theirs', 'term1']);
    }
    await world.deploy(plan());
    expect(world.aws.latest(asset).terms).toEqual(['theirs']);
  });

  test('names terms that the glossary does not have, and does not write into it', async () => {
    world.aws.terms.set('Order line', 'term1');
    await world.deploy(plan('active', { catalogue: { ...plan().catalogue, terms: [{ term: 'Order', definition: '…' }] } }));
    expect(world.cloudFormation.answers.at(-1)?.Data).toEqual({ Listing: expect.any(String) as string, MissingTerms: 'Order' });
    expect(world.aws.latest(world.aws.assets[0]).terms).toEqual([]);
  });

  test('that changes nothing revises nothing', async () => {
    await world.publish();
    await world.deploy(plan());
    const before = [...world.aws.changes];
    await world.cloudFormation.again();
    expect(world.aws.changes).toEqual(before);
  });

  test('imports again when the columns of a table have changed, and lists the new revision', async () => {
    await world.publish();
    await world.deploy(plan());
    const [table] = plan().tables;
    world.aws.glue.set('sales.orders_v1', ['order_id', 'total_amount', 'customer_email', 'note']);
    await world.deploy(plan('active', { tables: [{ ...table, columns: [...table.columns!, { id: 'note', name: 'note', type: 'string', required: false, classification: 'internal', masking: 'none' }] }] }));
    expect(world.aws.runs).toHaveLength(2);
    expect(world.aws.form(world.aws.assets[0], 'GlueTableForm')).toMatchObject({ columns: expect.arrayContaining([expect.objectContaining({ columnName: 'note' })]) as object });
    expect(world.aws.listed()).toEqual(LISTED);
  });

  test('corrects a data source that somebody changed', async () => {
    await world.deploy(plan());
    Object.assign(world.aws.sources[0], { publishOnImport: true, filters: [{ databaseName: 'sales', filterExpressions: [{ type: 'INCLUDE', expression: '*' }] }] });
    await world.cloudFormation.again();
    expect(world.aws.sources[0]).toMatchObject({ publishOnImport: false, filters: [{ filterExpressions: [{ expression: 'orders_v1' }] }] });
  });

  test('says what DataZone says when it may not read a table', async () => {
    world.aws.refuseImport = 'Insufficient Lake Formation permission(s) on orders_v1';
    await expect(world.deploy(plan())).rejects.toThrow('DataZone did not import sales.orders_v1: Insufficient Lake Formation permission(s) on orders_v1 → ask the platform team');
  });

  test('uses the environment of the project in a domain of version 1', async () => {
    delete world.aws.parameters['/mesh/catalogue/project-profile-id/sales'];
    await world.deploy(plan());
    expect(world.aws.sources[0].where).toBe('environment1');
  });
});

describe('a project without an environment', () => {
  beforeEach(() => { world.aws.environments = false; });

  test('has its published tables described by the plan, and the first certified run lists them', async () => {
    expect(await world.deploy(plan())).toBe('not listed: it has no certificate yet; its first certified run lists it');
    await world.run();
    expect(world.aws.listed()).toEqual(LISTED);
    expect(world.aws.changes).toEqual(['CreateFormType', 'CreateFormType', 'CreateAsset', 'CreateDataProduct', 'CreateAssetRevision', 'CreateDataProductRevision', 'CreateListingChangeSet', 'PostTimeSeriesDataPoints', 'PostLineageEvent']);
    const [asset] = world.aws.assets;
    expect(asset.external).toBe('arn:aws:glue:eu-west-1:111122223333:table/sales/orders_v1');
    expect(world.aws.form(asset, 'GlueTableForm')).toEqual({
      databaseName: 'sales', tableName: 'orders_v1', catalogId: '111122223333', region: 'eu-west-1', tableArn: asset.external,
      columns: [{ columnName: 'order_id', dataType: 'string' }, { columnName: 'total_amount', dataType: 'decimal(12,2)' }, { columnName: 'customer_email', dataType: 'string' }],
    });
  });

  test('shows columns that come later, and keeps what others have written', async () => {
    await world.publish();
    await world.deploy(plan());
    const [asset] = world.aws.assets;
    const steward = { formName: 'Steward', typeName: 'StewardForm', typeRevision: '3', content: '{"note":"checked"}' };
    world.aws.formTypes.set('StewardForm', '3');
    world.aws.revise(asset, (revision) => ({ ...revision, forms: [...revision.forms, steward] }));
    const [table] = plan().tables;
    await world.deploy(plan('active', { tables: [{ ...table, columns: [...table.columns!, { id: 'note', name: 'note', type: 'long', required: false, classification: 'internal', masking: 'none' }] }] }));
    expect(world.aws.form(asset, 'GlueTableForm')).toMatchObject({ columns: expect.arrayContaining([{ columnName: 'note', dataType: 'bigint' }]) as object });
    expect(world.aws.latest(asset).forms).toContainEqual(steward);
    const before = world.aws.changes.length;
    await world.cloudFormation.again();
    expect([world.aws.changes.length, world.aws.listed()]).toEqual([before, LISTED]);
  });

  test('keeps its assets when it gets an environment, whose import would make others of the same tables', async () => {
    await world.publish();
    await world.deploy(plan());
    world.aws.environments = true;
    await world.deploy(plan('deprecated'));
    expect([world.aws.sources, world.aws.assets.length]).toEqual([[], 1]);
  });

  test('finds an asset whose making was not answered, to go on with it and to take it away', async () => {
    world.aws.lost.add('CreateAsset');
    await expect(world.deploy(plan())).rejects.toThrow('no answer');
    expect([world.aws.products, world.aws.assets]).toEqual([[], []]);
    world.aws.roleIsThere = false;
    await world.deploy(plan());
    world.aws.roleIsThere = true;
    world.aws.lost.add('CreateAsset');
    const runId = await world.publish();
    await expect(world.announce(runId)).rejects.toThrow('no answer');
    await world.announce(runId);
    expect([world.aws.assets.length, world.aws.listed()]).toEqual([1, LISTED]);
    await world.cloudFormation.destroy();
    expect([world.aws.products, world.aws.assets, world.aws.listed()]).toEqual([[], [], {}]);
  });
});

describe('a table that leaves the contract', () => {
  const [orders] = plan().tables;
  const both = plan('active', { tables: [orders, { ...orders, name: 'refunds', table: 'refunds_v1' }] });
  const named = (): string[] => world.aws.assets.map((asset) => world.aws.latest(asset).name);

  test.each([['imported', true], ['described', false]])('leaves the inventory, with what was listed of it, where it was %s', async (_how, environments) => {
    world.aws.environments = environments;
    world.aws.glue.set('sales.refunds_v1', ['order_id', 'total_amount', 'customer_email']);
    await world.publish();
    await world.deploy(both);
    expect(named()).toEqual(['orders_v1', 'refunds_v1']);
    await world.deploy(plan());
    expect([named(), world.aws.listed()]).toEqual([['orders_v1'], LISTED]);
    await world.cloudFormation.destroy();
    expect([world.aws.products, world.aws.assets]).toEqual([[], []]);
  });

  test('is tried again with the next deployment where DataZone does not let it go', async () => {
    world.aws.environments = false;
    await world.deploy(both);
    world.aws.keepsAssets = true;
    await world.deploy(plan());
    expect(named()).toEqual(['orders_v1', 'refunds_v1']);
    world.aws.keepsAssets = false;
    await world.deploy(plan('deprecated'));
    expect(named()).toEqual(['orders_v1']);
  });
});

describe('what mesh verify asks', () => {
  const PERSON = 'arn:aws:sts::444455556666:assumed-role/Steward/joe';
  const by = (event: string): object => ({ at: '2030-01-02T10:00:00.000Z', event, principal: PERSON, sourceIdentity: null });
  const inspected = (): ReturnType<typeof inspectListing> => inspectListing(world.outside, place);

  beforeEach(async () => {
    world.aws.environments = false;
    await world.deploy(plan());
    await world.run();
  });

  test('says that a product is listed, with nothing that differs', async () => {
    expect(await inspected()).toEqual({
      contract: plan().digests.contract, version: '1.0.0', listed: true, unlisted: null, differences: [], trail: 'CloudTrail of 444455556666 in eu-west-1, which keeps 90 days',
    });
  });

  test('tells what somebody has changed, and who, and a repair puts it right', async () => {
    const [product] = world.aws.products, [asset] = world.aws.assets, [listing] = world.aws.listings;
    world.aws.revise(asset, (revision) => ({ ...revision, description: 'The best orders', forms: revision.forms.map((form) => (form.formName === 'MeshContract' ? { ...form, content: '{"product":"another"}' } : form)) }));
    listing.wanted = 'INACTIVE';
    world.aws.history.push(
      { name: 'CreateListingChangeSet', asked: { entityIdentifier: product.id, action: 'PUBLISH' }, arn: PUBLISHER.replace('iam', 'sts').replace('role/mesh-platform/sales', 'assumed-role').concat('/mesh-sales-catalogue') },
      { name: 'CreateListingChangeSet', asked: { entityIdentifier: product.id, action: 'UNPUBLISH' }, arn: PERSON },
      { name: 'CreateAssetRevision', asked: { identifier: asset.id }, arn: PERSON },
    );
    expect((await inspected()).differences).toEqual([
      { what: 'sales/orders v1 is not listed', part: 'status', by: by('CreateListingChangeSet') },
      { what: 'the asset of orders_v1 is described differently from its contract', part: 'description', by: by('CreateAssetRevision') },
      { what: 'the form MeshContract of the asset of orders_v1 does not say what it should', part: 'id', by: by('CreateAssetRevision') },
    ]);
    expect(await repair(world.outside, place, () => 900_000)).toMatchObject({ listed: true });
    expect([(await inspected()).differences, world.aws.listed()]).toEqual([[], LISTED]);
  });

  test('tells what is gone, and what nobody is known to have done', async () => {
    world.aws.products.length = 0;
    expect((await inspected()).differences).toEqual([{ what: 'sales/orders v1 is gone from the catalogue', part: 'status', by: null }]);
    expect(await repair(world.outside, place, () => 900_000)).toMatchObject({ listed: true });
    expect((await inspected()).differences).toEqual([]);
  });

  test('says why a product is not to be found, which is no fault', async () => {
    await world.deploy(plan('retired'));
    expect(await inspected()).toMatchObject({ listed: false, unlisted: 'its contract is retired', differences: [] });
  });

  test('says that there is no catalogue to look at', async () => {
    world.aws.roleIsThere = false;
    expect((await inspected()).differences).toEqual([{ what: expect.stringContaining('sales/orders v1 is not listed: the platform\'s role') as string, part: 'status', by: null }]);
  });
});

describe('a platform that is not ready', () => {
  test.each<[string, () => void, string]>([
    ['without a publisher role', () => { world.aws.roleIsThere = false; }, `not listed: the platform's role ${PUBLISHER} is not there, or does not trust this handler; a certified run lists it once that is there`],
    ['without a DataZone domain', () => { world.aws.parameters = {}; }, 'not listed: the platform\'s account has no parameter /mesh/catalogue/domain-id; a certified run lists it once that is there'],
    ['without the project of the domain', () => { world.aws.projects.length = 0; }, 'not listed yet: still waiting for the domain\'s project, which its foundation makes; the next certified run goes on'],
    ['that is slow', () => { world.aws.slowness = Infinity; }, 'not listed yet: still waiting for the data source mesh-sales-orders-v1 to be ready; the next certified run goes on'],
  ])('%s does not fail a deployment, which says why the product is not listed', async (_, given, says) => {
    given();
    expect(await world.deploy(plan())).toBe(says);
  });

  test('is waited for five minutes and no longer', async () => {
    world.aws.slowness = Infinity;
    const before = Date.now();
    await world.deploy(plan());
    expect(Date.now() - before).toBeLessThan(5 * 60_000 + 1_000);
  });

  test('is finished by the next certified run', async () => {
    world.aws.roleIsThere = false;
    await world.deploy(plan());
    await world.run();
    expect(world.aws.changes).toEqual([]);
    world.aws.roleIsThere = true;
    await world.run();
    expect(world.aws.listed()).toEqual(LISTED);
  });
});

describe('an announcement', () => {
  test('of the first certified run lists the product, and of every run posts its score to each asset', async () => {
    await world.deploy(plan());
    expect(world.aws.listed()).toEqual({});
    await world.run();
    expect(world.aws.listed()).toEqual(LISTED);
    await world.run({ score: 92.31 });
    expect(world.aws.quality.map(({ asset, at, content }) => [asset, at.toISOString(), content.passingPercentage])).toEqual([
      [world.aws.assets[0].id, '2030-01-01T06:00:00.000Z', 100], [world.aws.assets[0].id, '2030-01-02T06:00:00.000Z', 92.31],
    ]);
    expect(world.aws.quality[0].content).toEqual({
      passingPercentage: 100, evaluationsCount: 1,
      evaluations: [{ types: ['Completeness'], description: 'order_id is never null', details: { EVALUATION_MESSAGE: 'measured 0 rows, mustBe 0' }, applicableFields: ['order_id'], status: 'PASS' }],
    });
  });

  test('tells no number that may be a value of a protected column, but whether its check holds', async () => {
    await world.deploy(plan());
    await world.run({ checks: [{ id: 'orders.*.top', title: 'highest discount', table: 'orders', dimension: null, columns: [], threshold: 'mustBeLessThan 90', unit: 'rows', measured: null, passed: false, told: false }] });
    expect(world.aws.quality[0].content.evaluations).toEqual([expect.objectContaining({ details: { EVALUATION_MESSAGE: 'measured of protected values, so not shown, mustBeLessThan 90' }, status: 'FAIL' })]);
  });

  test('of a later run makes no revision of anything', async () => {
    await world.deploy(plan());
    await world.run();
    const before = world.aws.changes.length;
    await world.run({ score: 92.31 });
    expect(world.aws.changes.slice(before)).toEqual(['PostTimeSeriesDataPoints', 'PostLineageEvent']);
    expect(world.aws.form(world.aws.products[0], 'MeshCertificate')).toMatchObject({ since: '2030-01-01T06:00:00Z' });
  });

  test('of the first run under a changed contract shows since when that is certified', async () => {
    await world.deploy(plan());
    await world.run();
    await world.run({ contractDigest: `sha256:${'0'.repeat(64)}` });
    expect(world.aws.form(world.aws.products[0], 'MeshCertificate')).toMatchObject({ since: '2030-01-02T06:00:00Z', contractDigest: `sha256:${'0'.repeat(64)}` });
    expect(world.aws.listed()).toEqual(LISTED);
  });

  test('that comes twice says everything once', async () => {
    await world.deploy(plan());
    const runId = await world.publish();
    await world.announce(runId);
    const before = [world.aws.changes.length, world.aws.quality.length, world.aws.lineage.length];
    await world.announce(runId);
    expect([world.aws.changes.length, world.aws.quality.length, world.aws.lineage.length]).toEqual(before);
  });

  test('tells where columns come from, as OpenLineage', async () => {
    await world.deploy(plan());
    await world.run();
    expect(world.aws.lineage).toEqual([expect.objectContaining({
      eventType: 'COMPLETE', eventTime: '2030-01-01T06:00:00Z', run: { runId: '6c9d2f0e-5a57-5f5c-9d5b-000000000001' }, job: { namespace: 'mesh://sales', name: 'mesh-sales-orders-v1' },
      inputs: [{ namespace: 'mesh://sales', name: 'orders-v1/landing' }],
    })]);
    const [output] = world.aws.lineage[0].outputs as [{ namespace: string; name: string; facets: { schema: { fields: unknown[] }; columnLineage: { fields: unknown } } }];
    expect([output.namespace, output.name]).toEqual(['arn:aws:glue:eu-west-1:111122223333', 'table/sales/orders_v1']);
    expect(output.facets.schema.fields).toContainEqual({ name: 'total_amount', type: 'decimal(12,2)' });
    expect(output.facets.columnLineage.fields).toMatchObject({ total_amount: { inputFields: [{ namespace: 'mesh://sales', name: 'orders-v1/landing', field: 'total_amount' }] } });
  });

  test('imports again what somebody has deleted', async () => {
    await world.deploy(plan());
    await world.run();
    // a data product cannot lose its asset, so both are gone
    world.aws.products.length = 0;
    world.aws.assets.length = 0;
    world.aws.listings.length = 0;
    const runId = await world.publish();
    await expect(world.announce(runId)).rejects.toThrow('there is no asset');
    await world.announce(runId);
    expect(world.aws.listed()).toEqual(LISTED);
    expect(world.aws.quality.at(-1)?.asset).toBe(world.aws.assets[0].id);
  });

  test('of a product that was deployed without a catalogue does nothing', async () => {
    expect(await world.run()).toEqual({ listed: false, why: 'it was not deployed with a catalogue' });
  });

  test('of another domain is refused', async () => {
    await expect(world.announce('delta-1', { ...IDENTITY, Domain: 'marketing' })).rejects.toThrow('this is the foundation of sales');
  });
});

describe('the end of a stack', () => {
  test('takes the product out of the catalogue, in the order in which DataZone lets things go', async () => {
    await world.deploy(plan());
    await world.run();
    const before = world.aws.changes.length;
    await world.cloudFormation.destroy();
    expect(world.aws.changes.slice(before)).toEqual(['CreateListingChangeSet', 'DeleteDataProduct', 'DeleteAsset', 'DeleteDataSource']);
    expect([world.aws.products, world.aws.assets, world.aws.sources, world.aws.listed()]).toEqual([[], [], [], {}]);
    expect(world.aws.runTable.get('catalogue#dp_sales_orders#v1', 'catalogue')).toBeUndefined();
  });

  test('breaks no subscription: it fails and says what to do first', async () => {
    await world.deploy(plan());
    await world.run();
    world.aws.subscribed.push(world.aws.listings[0].id);
    await expect(world.cloudFormation.destroy()).rejects.toThrow('sales/orders v1 has 1 subscription, which would break → retire the contract and deploy it, end the subscriptions');
    expect(world.aws.listed()).toEqual(LISTED);
  });

  test('leaves what is not the product\'s', async () => {
    await world.deploy(plan());
    const theirs = { id: 'other', project: 'project', looks: 0, revisions: [{ name: 'payments_v1', forms: [], terms: [], items: [] }] };
    world.aws.assets.push(theirs);
    await world.cloudFormation.destroy();
    expect(world.aws.assets).toEqual([theirs]);
  });

  test('fails when a listed product cannot be taken off', async () => {
    await world.deploy(plan());
    await world.run();
    world.aws.roleIsThere = false;
    await expect(world.cloudFormation.destroy()).rejects.toThrow('the product is in the catalogue and cannot be taken out of it');
  });

  test('of a product that was never in the catalogue is an end', async () => {
    world.aws.roleIsThere = false;
    await world.deploy(plan());
    await world.cloudFormation.destroy();
    expect(world.aws.changes).toEqual([]);
  });

  test('and a new beginning makes everything anew', async () => {
    await world.publish();
    await world.deploy(plan());
    await world.cloudFormation.destroy();
    await world.deploy(plan());
    expect(world.aws.listed()).toEqual(LISTED);
  });
});

describe('what CloudFormation does', () => {
  test('after a failure of another resource undoes a create, and brings back what an update changed', async () => {
    await expect(world.cloudFormation.deploy({ Catalogue: world.asked(plan()) }, { otherFails: true })).rejects.toThrow('another resource failed');
    expect([world.aws.products, world.aws.assets, world.aws.sources]).toEqual([[], [], []]);
    await world.publish();
    await world.deploy(plan());
    await expect(world.cloudFormation.deploy({ Catalogue: world.asked(plan('retired')) }, { otherFails: true })).rejects.toThrow('another resource failed');
    expect(world.aws.listed()).toEqual(LISTED);
    expect(world.aws.form(world.aws.products[0], 'MeshContract')).toMatchObject({ status: 'active' });
  });

  test('with a replaced logical id deletes nothing that the new one stands for', async () => {
    await world.publish();
    await world.deploy(plan());
    await world.cloudFormation.deploy({ Renamed: world.asked(plan()) });
    expect(world.aws.listed()).toEqual(LISTED);
  });

  test('with a plan that is not what was deployed is refused', async () => {
    await expect(world.cloudFormation.deploy({ Catalogue: { ...world.asked(plan()), PlanDigest: 'f'.repeat(64) } })).rejects.toThrow('is not the plan that was deployed');
    expect(world.aws.changes).toEqual([]);
  });
});
