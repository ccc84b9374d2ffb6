import { CLASSIFICATIONS, classificationOf, isClassification, isProtected, isStricter, MASKINGS, maskingOf } from '../../contract/classification';
import { type Contract, type Property, type Role, type SchemaObject } from '../../contract/contract';
import { fieldsWithin } from '../../contract/lint/rule';
import { customProperty, findCustomProperty } from '../../contract/mesh-property';
import { list } from '../../contract/wording';
import { type Mesh } from '../mesh/mesh';
import { type Report } from './check-policies';
import { type Policy } from './policy-model';
import { columnsOf } from './subjects';

export function requireClassification(contract: Contract, report: Report): void {
  for (const { property } of columnsOf(contract)) {
    if (property.classification === undefined) report([...property.path, 'name'], { message: `\`${property.name}\` does not say its classification`, remedy: 'write `classification: …`' });
  }
}

export function allowedClassifications({ classifications }: Policy<'allowed-classifications'>, contract: Contract, mesh: Mesh, report: Report): void {
  for (const { property } of columnsOf(contract)) {
    const classification = classificationOf(property, mesh.classification(contract.domain));
    if (classifications.includes(classification)) continue;
    report(property.classification === undefined ? [...property.path, 'name'] : [...property.path, 'classification'], {
      message: `\`${property.name}\` is ${classification}, which the mesh does not let this contract hold`, received: classification, expected: `one of ${classifications.join(', ')}`,
      remedy: 'leave the column out, or promise it in a contract that may hold it',
    });
  }
}

export function requireMasking({ classifications = ['confidential', 'restricted'] }: Policy<'require-masking'>, contract: Contract, mesh: Mesh, report: Report): void {
  for (const { property } of columnsOf(contract)) {
    const classification = classificationOf(property, mesh.classification(contract.domain));
    if (!isProtected(classification) || !classifications.includes(classification as 'confidential') || maskingOf(property, classification) !== 'none') continue;
    const written = findCustomProperty(property, 'mesh.masking');
    report(written === undefined ? [...property.path, 'name'] : [...written.path, 'value'], {
      message: `\`${property.name}\` is ${classification} and published as it is`, received: written?.value, expected: `one of ${MASKINGS.filter((masking) => masking !== 'none').join(', ')}`,
      remedy: 'remove `mesh.masking: none`, or write how it is masked',
    });
  }
}

/** A column about people, by its own tags or those of what is within it, is masked, or only roles with a clearance for its class see it. */
export function protectPii({ tags = ['pii'] }: Policy<'protect-pii'>, contract: Contract, mesh: Mesh, report: Report): void {
  const wanted = tags.map((tag) => tag.toLowerCase());
  for (const { object, property } of columnsOf(contract)) {
    const found = [property, ...fieldsWithin(property)].flatMap((part) => part.tags.filter((tag) => wanted.includes(tag.toLowerCase())).map((tag) => ({ part, tag }))).at(0);
    const classification = classificationOf(property, mesh.classification(contract.domain));
    if (found === undefined || maskingOf(property, classification) !== 'none') continue;
    const { part, tag } = found;
    const tagged = part === property ? `tagged ${tag}` : `tagged ${tag} in ${part.name === '' ? 'its items' : `its field \`${part.name}\``}`;
    if (!isProtected(classification)) {
      report(part.name === '' ? [...part.path, 'tags'] : [...part.path, 'name'], {
        message: `\`${property.name}\` is ${tagged} and ${classification}: nothing masks it and everybody may see it`, received: classification,
        expected: 'a masked column, or confidential or restricted', remedy: 'write `classification: confidential`, which masks it too',
      });
      continue;
    }
    for (const role of contract.roles.filter((each) => names(each, object, property) && !cleared(each, classification))) {
      report([...findCustomProperty(role, 'mesh.columns')!.path, 'value'], {
        message: `the role \`${role.role}\` reads \`${property.name}\`, which is ${tagged}, ${classification} and not masked, without a clearance for it`,
        received: customProperty(role, 'mesh.clearance'), expected: list(CLASSIFICATIONS.slice(CLASSIFICATIONS.indexOf(classification)), 'or').replaceAll('`', ''),
        remedy: 'mask the column, take it out of the role, or write the clearance that the role has',
      });
    }
  }
}

function names(role: Role, object: SchemaObject, { name }: Property): boolean {
  const columns = customProperty(role, 'mesh.columns');
  return Array.isArray(columns) && (columns.includes(name) || columns.includes(`${object.name}.${name}`));
}

function cleared(role: Role, classification: (typeof CLASSIFICATIONS)[number]): boolean {
  const clearance = customProperty(role, 'mesh.clearance');
  return isClassification(clearance) && !isStricter(classification, clearance);
}

export function residency({ regions }: Policy<'residency'>, contract: Contract, mesh: Mesh, report: Report): void {
  const home = contract.domain === undefined ? undefined : mesh.region(contract.domain);
  if (home !== undefined && !regions.includes(home)) {
    report(['domain'], { message: `the data of the domain is in ${home}`, received: contract.domain, expected: `one of ${regions.join(', ')}`, remedy: 'promise it in a domain in one of those regions' });
  }
  const written = findCustomProperty(contract, 'mesh.residency');
  if (written === undefined || !Array.isArray(written.value)) return;
  written.value.forEach((region: unknown, position) => {
    if (!regions.includes(region as string)) report([...written.path, 'value', position], { message: 'the mesh does not let data live there', received: region, expected: `one of ${regions.join(', ')}`, remedy: 'remove the region' });
  });
}
