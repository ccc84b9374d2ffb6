import { type Attributes, type CustomResource } from '../../handlers/custom-resource';
import { documentOf } from '../../handlers/product-request';
import { type CatalogueWords } from '../words';
import { ensureFormTypes } from './form-types';
import { Glossaries } from './glossaries';
import { type Outside, textOf } from './outside';

interface WordsRequest {
  readonly domainIdentifier: string;
  readonly projectId: string;
  readonly url: string;
  readonly digest: string;
}

/** Custom::MeshCatalogueWords: glossaries and form types, as the vocabulary and this library have them. */
export class CatalogueWordsResource implements CustomResource<WordsRequest> {
  constructor(private readonly outside: Outside) {}

  parse(properties: Record<string, unknown>): WordsRequest {
    return {
      domainIdentifier: textOf(properties, 'DomainId'), projectId: textOf(properties, 'ProjectId'), url: textOf(properties, 'WordsUrl'), digest: textOf(properties, 'WordsDigest'),
    };
  }

  physicalId({ domainIdentifier, projectId }: WordsRequest): string {
    return `${domainIdentifier}/${projectId}/words`;
  }

  async create({ domainIdentifier, projectId, url, digest }: WordsRequest): Promise<Attributes> {
    const { s3, served, datazone } = this.outside;
    const words = await documentOf<CatalogueWords>({ what: 'vocabulary', url, digest, account: served.account, remedy: 'deploy governance again' }, s3);
    const forms = await ensureFormTypes(datazone, domainIdentifier, projectId, words.forms);
    const done = await new Glossaries(datazone, domainIdentifier, projectId, digest).reconcile(words.terms);
    console.log(JSON.stringify({ forms, ...done }));
    return { Terms: String(words.terms.length), Changed: String(done.made + done.changed + done.retired) };
  }

  update(request: WordsRequest): Promise<Attributes> {
    return this.create(request);
  }

  /** Words stay: products use them. */
  async delete(): Promise<void> {
    // nothing
  }
}
