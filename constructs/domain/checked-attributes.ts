import { checkKnown, checkProp, isText } from '../../lib/plan/checked-prop';
import { account, environmentName, identifier, meshName, region } from '../../lib/plan/mesh/mesh-words';
import { type DataDomainAttributes } from './data-domain';

/** As mesh.yaml has it, and what a person is told of it. */
const WANTED = {
  domainName: { model: identifier, is: 'the name of a domain, lower-case letters, digits and single `_` between them', like: 'sales' },
  meshName: { model: meshName, is: 'the name of a mesh, at most twenty lower-case letters, digits and `-` between them', like: 'shop' },
  environment: { model: environmentName.optional(), is: 'at most ten lower-case letters and digits', like: 'dev' },
  account: { model: account, is: 'an account, twelve digits as text', like: '222222222222' },
  region: { model: region, is: 'a region', like: 'eu-central-1' },
  platformAccount: { model: account, is: 'an account, twelve digits as text', like: '111111111111' },
  platformRegion: { model: region.optional(), is: 'a region', like: 'eu-central-1' },
} as const;

const NAMES = {
  domainName: true, meshName: true, environment: true, account: true, region: true, platformAccount: true, platformRegion: true, owner: true, costCentre: true,
} as const;

/**
 * Every name of a domain is made of these, so that none may be known at deployment only.
 * @throws at the first that mesh.yaml could not have
 */
export function checkAttributes(attributes: DataDomainAttributes): void {
  checkKnown(attributes, NAMES);
  for (const [name, { model, is, like }] of Object.entries(WANTED)) {
    const given: unknown = attributes[name as keyof typeof WANTED];
    checkProp(model.safeParse(given).success, name, is, given, `write it as mesh.yaml does, such as '${like}', and not as a token: names are made of it`);
  }
  for (const name of ['owner', 'costCentre'] as const) {
    checkProp(attributes[name] === undefined || isText(attributes[name]), name, 'a text', attributes[name], 'leave it out if it is not known');
  }
}
