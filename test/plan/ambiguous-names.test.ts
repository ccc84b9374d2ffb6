import { folderWith, problemsIn, removeFolders, SMALLEST } from './mesh-folder';

afterAll(removeFolders);

/** What is said of names, in a mesh with these environments and domains. */
function told(environments: string, domains: string, consumers = '{}'): string[] {
  const root = folderWith({
    'mesh.yaml': `name: shoply\nplatform: {account: "111111111111", region: eu-west-1}\nenvironments: ${environments}\ndomains: ${domains}\nconsumers: ${consumers}\n`,
    'contracts/sales/orders.contract.yaml': SMALLEST,
  });
  return problemsIn(root).filter(({ id }) => id === 'mesh/ambiguous-name').map(({ message }) => message);
}

describe('names of domains and environments', () => {
  test('are told apart when no domain of an account begins as another does', () => {
    expect(told('{prod: {production: true}, dev: {}}', '{sales: {account: "222222222222"}, marketing: {account: "222222222222"}}')).toEqual([]);
  });

  test('an environment is called like no domain, whatever the accounts', () => {
    expect(told('{prod: {production: true}, sales: {}}', '{sales: {account: {prod: "222222222222", sales: "222222222223"}}}'))
      .toEqual(['`sales` is an environment and a domain: the roles of both would be under `/mesh/sales/`']);
  });

  test('domains that begin alike share no account', () => {
    const together = told('{prod: {production: true}}', '{sales: {account: "222222222222"}, sales_eu: {account: "222222222222"}}');
    expect(together).toEqual(['in account 222222222222 its names in prod begin with `mesh-sales-`, as those of `sales` in prod do: each could change what belongs to the other']);
    expect(told('{prod: {production: true}}', '{sales: {account: "222222222222"}, sales_eu: {account: "333333333333"}}')).toEqual([]);
  });

  test('the same name of an environment\'s domain and a domain of production is told once', () => {
    const domains = '{tools: {account: "222222222222"}, dev_tools: {account: "222222222222"}, sales: {account: "333333333333"}}';
    expect(told('{prod: {production: true}, dev: {}}', domains)).toHaveLength(1);
  });

  test('a consumer is called like a domain only where both are in one place, and nobody like the platform', () => {
    const domains = '{sales: {account: "222222222222"}}';
    expect(told('{prod: {production: true}}', domains, '{sales: {account: "222222222222"}}')).toEqual([]);
    const apart = ['`sales` is a domain and a consumer, in different accounts or regions: their stacks would have the same names'];
    expect(told('{prod: {production: true}}', domains, '{sales: {account: "333333333333"}}')).toEqual(apart);
    expect(told('{prod: {production: true}}', domains, '{sales: {account: "222222222222", region: eu-central-1}}')).toEqual(apart);
    expect(told('{prod: {production: true}}', domains, '{platform: {account: "333333333333"}}')).toEqual(['`platform` is what the platform calls itself: roles of both would be under `/mesh-platform/platform/`']);
  });

  test('groups are those of domains that there are', () => {
    const root = folderWith({
      'mesh.yaml': `name: shoply\nplatform: {account: "111111111111", region: eu-west-1}\nenvironments: {prod: {production: true}}\ndomains: {sales: {account: "222222222222"}}\n`
        + 'access: {identityCenter: {instance: "arn:aws:sso:::instance/ssoins-0123456789abcdef", domains: {sale: {}}}}\n',
      'contracts/sales/orders.contract.yaml': SMALLEST,
    });
    expect(problemsIn(root).filter(({ id }) => id === 'mesh/policy-domain')).toMatchObject([{ message: 'there is no domain `sale`', line: 5, remedy: 'did you mean `sales`?' }]);
  });
});
