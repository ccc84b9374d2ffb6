import { PostTimeSeriesDataPointsCommand } from '@aws-sdk/client-datazone';
import { type Certificate, type CheckedRule } from './certificate';
import { revisionOf } from './form-type-revisions';
import { type Platform } from '../../datazone/platform';
import { clientToken } from '../../handlers/sdk';

const RESULT_TYPE = 'amazon.datazone.DataQualityResultFormType';

/**
 * Posts what a certificate found of one table. The percentage is the score of the certificate, in which critical checks weigh more, and
 * which is the same on all tables of a product.
 *
 * https://docs.aws.amazon.com/datazone/latest/userguide/datazone-data-quality.html
 */
export async function postQuality(platform: Platform, assetId: string, object: string, certificate: Certificate): Promise<void> {
  const evaluations = certificate.checks.filter(({ table }) => table === object).map(evaluation);
  await platform.datazone.send(new PostTimeSeriesDataPointsCommand({
    domainIdentifier: platform.domainIdentifier, entityIdentifier: assetId, entityType: 'ASSET',
    forms: [{
      formName: 'MeshCertification', typeIdentifier: RESULT_TYPE, typeRevision: await revisionOf(platform, RESULT_TYPE), timestamp: new Date(certificate.issuedAt),
      content: JSON.stringify({ evaluations, passingPercentage: certificate.score, evaluationsCount: evaluations.length }),
    }],
    clientToken: clientToken('quality', assetId, certificate.certificateId),
  }));
}

/** `Completeness`: a dimension of ODCS, as DataZone writes it. */
function evaluation({ title, dimension, columns, threshold, unit, measured, passed, told }: CheckedRule): object {
  return {
    types: [capital(dimension ?? 'conformity')],
    description: title,
    details: { EVALUATION_MESSAGE: told === false ? `measured of protected values, so not shown, ${threshold}` : `measured ${measured ?? 'nothing'} ${unit}, ${threshold}` },
    applicableFields: columns,
    status: passed ? 'PASS' : 'FAIL',
  };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
