import { type Contract } from '../../contract/contract';
import { Findings } from '../../contract/findings';
import { customProperty, findCustomProperty } from '../../contract/mesh-property';
import { bucketName, entityOf, MAX_BUCKET_NAME } from '../../contract/names';
import { suggest } from '../../contract/suggestion';
import { list } from '../../contract/wording';
import { majorVersion } from '../../contract/version';
import { type Mesh } from './mesh';
import { checkPolicies } from '../policies/check-policies';
import { policyFaults } from '../policies/policy-faults';
import { MESH } from '../rules';
import { parseKmsPublicKey } from '../signoff/kms-signature';
import { parseSshPublicKey } from '../signoff/ssh-signature';
import { isOneNetwork } from '../warehouse-network';
import { type Workspace } from '../workspace';

/** What mesh.yaml says of a contract: its domain, consumers, names and the mesh's policies. */
export function checkAgainstMesh(contract: Contract, mesh: Mesh, workspace: Workspace, findings: Findings): void {
  const { domain } = contract;
  if (domain !== undefined && mesh.domain(domain) === undefined) {
    const domains = Object.keys(mesh.definition.domains);
    const near = suggest(domain, domains);
    findings.add(MESH['unknown-domain'], ['domain'], {
      message: 'mesh.yaml has no such domain', received: domain, expected: `one of ${domains.join(', ')}`, remedy: near === undefined ? 'ask the platform team to add it; where it was taken out, its contracts go with it' : `did you mean \`${near}\`?`,
    });
  }
  const consumers = Object.keys(mesh.definition.consumers ?? {});
  for (const role of contract.roles) {
    const named = customProperty(role, 'mesh.consumers');
    if (!Array.isArray(named)) continue;
    named.forEach((name: unknown, index) => {
      if (typeof name !== 'string' || consumers.includes(name)) return;
      const near = suggest(name, consumers);
      findings.add(MESH['unknown-consumer'], [...findCustomProperty(role, 'mesh.consumers')!.path, 'value', index], {
        message: 'mesh.yaml has no such consumer', received: name, expected: consumers.length === 0 ? 'a consumer of mesh.yaml, which has none' : `one of ${consumers.join(', ')}`,
        remedy: near === undefined ? 'ask the platform team to add it, or take it out of the role' : `did you mean \`${near}\`?`,
      });
    });
  }
  checkNames(contract, mesh, findings);
  checkPolicies(contract, mesh, workspace.vocabulary(), findings);
}

/** The names of buckets in every environment: what cannot be deployed to one of them is wrong. */
function checkNames(contract: Contract, mesh: Mesh, findings: Findings): void {
  const { domain, id, version } = contract;
  const entity = domain === undefined ? undefined : entityOf(id, domain);
  const major = majorVersion(version);
  if (domain === undefined || entity === undefined || major === undefined || mesh.domain(domain) === undefined) return;
  for (const environment of mesh.environments()) {
    const account = mesh.account(domain, environment) ?? '000000000000';
    const bucket = bucketName(mesh.name, account, mesh.region(domain), { domain, entity, major, environment: mesh.suffix(environment) }, 'curated');
    if (bucket.length <= MAX_BUCKET_NAME) continue;
    const over = bucket.length - MAX_BUCKET_NAME;
    findings.add(MESH['name-too-long'], ['id'], {
      message: `its bucket in ${environment} would be called \`${bucket}\`, ${over} ${over === 1 ? 'character' : 'characters'} too long`, received: id,
      expected: `at most ${MAX_BUCKET_NAME} characters`, remedy: 'shorten the entity in the id, or the name of the domain or the mesh',
    });
  }
}

/** What mesh.yaml gets wrong by itself. */
export function checkMesh(mesh: Mesh): Findings {
  const findings = new Findings(mesh.file, mesh.locate);
  const { environments, domains, consumers = {}, platform, signers = {}, policies = [] } = mesh.definition;
  const known = Object.keys(environments);
  const production = known.filter((name) => environments[name].production === true);
  for (const name of production.slice(1)) {
    findings.add(MESH.production, ['environments', name, 'production'], { message: `${list(production)} are both production: their names would be the same`, remedy: 'keep one' });
  }
  checkAmbiguousNames(mesh, findings);
  checkParticipants(mesh, findings);
  checkTags(mesh, findings);
  const networks = Object.entries(consumers).flatMap(([name, { warehouse }]): [(string | number)[], object, string][] => (
    warehouse === undefined || isOneNetwork(warehouse.network) ? [] : [[['consumers', name, 'warehouse', 'network'], warehouse.network, 'network']]));
  const accounts: [(string | number)[], string | Record<string, string>][] = [
    [['platform', 'account'], platform.account],
    ...Object.entries(domains).map(([name, { account }]): [(string | number)[], string | Record<string, string>] => [['domains', name, 'account'], account]),
    ...Object.entries(consumers).map(([name, { account }]): [(string | number)[], string | Record<string, string>] => [['consumers', name, 'account'], account]),
  ];
  for (const [path, written, what] of [...accounts.map(([path, account]): [typeof path, object | string, string] => [path, account, 'account']), ...networks]) {
    if (typeof written === 'string') continue;
    for (const name of Object.keys(written)) {
      if (known.includes(name)) continue;
      const near = suggest(name, known);
      findings.add(MESH['unknown-environment'], [...path, name], { message: `there is no environment \`${name}\``, at: 'key', received: name, expected: `one of ${known.join(', ')}`, remedy: near === undefined ? undefined : `did you mean \`${near}\`?` });
    }
    for (const name of known) {
      if (!Object.hasOwn(written, name)) findings.add(MESH['unknown-environment'], path, { message: `there is no ${what} for the environment \`${name}\``, at: 'key', remedy: `write \`${name}: ${what === 'account' ? '"…"' : '{vpc: …, subnets: […]}'}\`` });
    }
  }
  for (const [name, { signoffs = [] }] of Object.entries(environments)) {
    signoffs.forEach((part, index) => {
      if (Object.values(signers).some(({ roles }) => roles.includes(part))) return;
      findings.add(MESH['unsigned-part'], ['environments', name, 'signoffs', index], { message: `nobody may sign for ${part}`, received: part, remedy: 'add a signer with that role to `signers`' });
    });
  }
  for (const [name, { keys }] of Object.entries(signers)) {
    keys.forEach((key, index) => {
      const path = ['signers', name, 'keys', index];
      if (typeof key === 'string' && parseSshPublicKey(key) === undefined) {
        findings.add(MESH['signer-key'], path, { message: `\`${name}\` has a key that is not an ssh-ed25519 public key`, received: key, remedy: 'copy the whole line of the .pub file: ssh-keygen -t ed25519 makes one' });
      } else if (typeof key !== 'string' && parseKmsPublicKey(key.publicKey) === undefined) {
        findings.add(MESH['signer-key'], [...path, 'publicKey'], { message: `\`${name}\` has a public key that is not of the KMS key spec ECC_NIST_P256`, remedy: `aws kms get-public-key --key-id ${key.kms} --query PublicKey --output text` });
      }
    });
  }
  policies.forEach((policy, index) => {
    for (const { path, detail } of policyFaults(policy)) findings.add(MESH['policy-value'], ['policies', index, ...path], detail);
  });
  const named: [(string | number)[], readonly string[]][] = [
    ...policies.map(({ domains: of = [] }, index): [(string | number)[], readonly string[]] => [['policies', index, 'domains'], of]),
    ...Object.entries(signers).map(([name, { domains: of = [] }]): [(string | number)[], readonly string[]] => [['signers', name, 'domains'], of]),
  ];
  for (const [path, of] of named) {
    of.forEach((name, index) => {
      if (Object.hasOwn(domains, name)) return;
      const near = suggest(name, Object.keys(domains));
      findings.add(MESH['policy-domain'], [...path, index], { message: `there is no domain \`${name}\``, received: name, expected: `one of ${Object.keys(domains).join(', ')}`, remedy: near === undefined ? undefined : `did you mean \`${near}\`?` });
    });
  }
  for (const name of Object.keys(mesh.definition.access?.identityCenter?.domains ?? {})) {
    if (Object.hasOwn(domains, name)) continue;
    const near = suggest(name, Object.keys(domains));
    findings.add(MESH['policy-domain'], ['access', 'identityCenter', 'domains', name], {
      message: `there is no domain \`${name}\``, at: 'key', received: name, expected: `one of ${Object.keys(domains).join(', ')}`, remedy: near === undefined ? undefined : `did you mean \`${near}\`?`,
    });
  }
  return findings;
}

/** Who has an account is known by a name: the platform, domains and consumers. A domain that consumes as well is both, where it lives in one place. */
function checkParticipants(mesh: Mesh, findings: Findings): void {
  const { domains, consumers = {}, platform } = mesh.definition;
  for (const [kind, names] of [['domains', Object.keys(domains)], ['consumers', Object.keys(consumers)]] as const) {
    if (!names.includes('platform')) continue;
    findings.add(MESH['ambiguous-name'], [kind, 'platform'], { message: '`platform` is what the platform calls itself: roles of both would be under `/mesh-platform/platform/`', at: 'key', received: 'platform', remedy: 'rename it' });
  }
  for (const [name, consumer] of Object.entries(consumers)) {
    if (!Object.hasOwn(domains, name)) continue;
    const accountIn = (environment: string): string | undefined => (typeof consumer.account === 'string' ? consumer.account : consumer.account[environment]);
    const apart = mesh.environments().find((environment) => accountIn(environment) !== undefined && mesh.account(name, environment) !== undefined && accountIn(environment) !== mesh.account(name, environment));
    if (apart === undefined && (consumer.region ?? platform.region) === mesh.region(name)) continue;
    findings.add(MESH['ambiguous-name'], ['consumers', name], {
      message: `\`${name}\` is a domain and a consumer, in different accounts or regions: their stacks would have the same names`, at: 'key', received: name, remedy: 'rename one of them, or let them live in one place',
    });
  }
}

/** The tags that the policy of templates asks for, MESH-TAG-1 and MESH-TAG-2. A warning: who only runs products locally needs neither. */
function checkTags(mesh: Mesh, findings: Findings): void {
  for (const [name, { owner, costCentre }] of Object.entries(mesh.definition.domains)) {
    const said = { owner, costCentre };
    const missing = Object.entries(said).filter(([, value]) => value === undefined).map(([field]) => field);
    if (missing.length === 0) continue;
    findings.add(MESH['untagged-domain'], ['domains', name], {
      message: `\`${name}\` has no ${missing.map((field) => `\`${field}\``).join(' and no ')}: local runs need none, but \`cdk synth\` refuses to deploy what nobody ${missing.includes('owner') ? 'owns' : 'pays for'}`,
      at: 'key', remedy: `write ${missing.map((field) => `\`${field}: …\``).join(' and ')}`,
    });
  }
}

/** Names join environment and domain, and what is allowed to a domain is told by how names begin: so none may begin as another does. */
function checkAmbiguousNames(mesh: Mesh, findings: Findings): void {
  const domains = Object.keys(mesh.definition.domains);
  const known = mesh.environments();
  for (const name of known.filter((environment) => domains.includes(environment))) {
    findings.add(MESH['ambiguous-name'], ['environments', name], {
      message: `\`${name}\` is an environment and a domain: the roles of both would be under \`/mesh/${name}/\``, at: 'key', received: name, remedy: 'rename one of them',
    });
  }
  const places = known.flatMap((environment) => domains.map((domain) => {
    const suffix = mesh.suffix(environment);
    return { environment, domain, account: mesh.account(domain, environment), begins: `${suffix === null ? '' : `${suffix}-`}${domain.replaceAll('_', '-')}-` };
  }));
  for (const shorter of places) {
    for (const longer of places) {
      if (shorter === longer || shorter.account === undefined || shorter.account !== longer.account || !longer.begins.startsWith(shorter.begins)) continue;
      // Two that begin alike are told once.
      if (shorter.begins === longer.begins && places.indexOf(shorter) < places.indexOf(longer)) continue;
      findings.add(MESH['ambiguous-name'], ['domains', longer.domain], {
        message: `in account ${longer.account} its names in ${longer.environment} begin with \`mesh-${shorter.begins}\`, as those of \`${shorter.domain}\` in ${shorter.environment} do: each could change what belongs to the other`,
        at: 'key', received: longer.domain, remedy: 'give them accounts of their own, or rename one of them',
      });
    }
  }
}
