import { CustomResource } from 'aws-cdk-lib';
import * as datazone from 'aws-cdk-lib/aws-datazone';
import { Construct, type IDependable } from 'constructs';
import { ACCESS_FORM, CERTIFICATE_FORM, CONTRACT_FORM } from '../catalogue/form-types';
import { jsonFile } from '../data-product/plan-file';
import { type DomainPlace } from '../domain/naming';
import { type HandlerFunction } from '../handlers/handler-function';
import { type CatalogueDomain } from './catalogue-domain';
import { type CatalogueWords, type GlossaryTerm } from './words';

/** What the platform's project is made from. */
export interface PlatformProjectProps {
  readonly place: DomainPlace;
  readonly catalogue: CatalogueDomain;
  readonly handler: HandlerFunction;
  /** What it is made from; undefined in a domain of version 1. */
  readonly profileId: string | undefined;
  readonly terms: readonly GlossaryTerm[];
  /** What allows projects to be made. */
  readonly after: IDependable[];
}

/**
 * The platform's own project in the catalogue, with the glossaries of the vocabulary and the types of the forms that products fill in:
 * ownership, service level and end of life in MeshContractForm, certification in MeshCertificateForm, and who subscribes in MeshAccessForm.
 */
export class PlatformProject extends Construct {
  constructor(scope: Construct, id: string, { place, catalogue, handler, profileId, terms, after }: PlatformProjectProps) {
    super(scope, id);
    const { attrId: domainIdentifier, attrRootDomainUnitId: entityIdentifier } = catalogue.resource;
    const asked = { serviceToken: handler.function.functionArn };
    const project = new CustomResource(this, 'Resource', { ...asked, resourceType: 'Custom::MeshPlatformProject', properties: { DomainId: domainIdentifier, ProfileId: profileId ?? '' } });
    project.node.addDependency(...after);
    const principal = { project: { projectDesignation: 'OWNER', projectIdentifier: project.getAttString('ProjectId') } };
    const grants = [
      new datazone.CfnPolicyGrant(this, 'GlossariesGrant', {
        domainIdentifier, entityIdentifier, entityType: 'DOMAIN_UNIT', principal, policyType: 'CREATE_GLOSSARY', detail: { createGlossary: { includeChildDomainUnits: false } },
      }),
      new datazone.CfnPolicyGrant(this, 'FormTypesGrant', {
        domainIdentifier, entityIdentifier, entityType: 'DOMAIN_UNIT', principal, policyType: 'CREATE_FORM_TYPE', detail: { createFormType: { includeChildDomainUnits: false } },
      }),
    ];
    const words: CatalogueWords = { terms, forms: [CONTRACT_FORM, CERTIFICATE_FORM, ACCESS_FORM] };
    const { url, digest } = jsonFile(this, place, 'words', words);
    new CustomResource(this, 'Words', {
      ...asked, resourceType: 'Custom::MeshCatalogueWords',
      properties: { DomainId: domainIdentifier, ProjectId: project.getAttString('ProjectId'), WordsUrl: url, WordsDigest: digest },
    }).node.addDependency(...grants);
  }
}
