import { type DocumentPath } from '../contract/document-path';
import { type Findings } from '../contract/findings';
import { type HttpOptions, type PipelineSource } from './pipeline/pipeline-file';
import { type PlanSource } from './plan-schema';
import { PIPELINE } from './rules';

type Remote = Pick<Extract<PlanSource, { kind: 'remote' }>, 'connector' | 'options'>;

const LANDED = 'have it delivered to the landing prefix and read it as `files: {format: …, path: landing/…}`';

/** A table of a data base, or an HTTP service; undefined, and reported, where it is one that no job can read. */
export function draftRemote(source: PipelineSource, path: DocumentPath, findings: Findings): Remote | undefined {
  const unread = (at: DocumentPath, message: string, received: string, remedy: string): undefined => {
    findings.add(PIPELINE['unread-source'], at, { message, received, remedy });
    return undefined;
  };
  if (source.stream !== undefined) {
    const by = source.stream.kind === 'kinesis' ? 'Amazon Data Firehose does that without code' : 'a sink connector for S3 does that';
    return unread([...path, 'stream', 'kind'], 'streams cannot be read yet', source.stream.kind, `${LANDED}; ${by}`);
  }
  if (source.jdbc !== undefined) {
    const { engine, connection, table } = source.jdbc;
    if (engine === 'postgresql') return { connector: 'jdbc', options: { engine, connection, table } };
    return unread([...path, 'jdbc', 'engine'], 'of databases, only PostgreSQL can be read yet', engine, `${LANDED}; AWS Database Migration Service does that, of Redshift UNLOAD`);
  }
  checkUrl(source.http!.url, [...path, 'http', 'url'], findings);
  checkPaging(source.http!, [...path, 'http'], findings);
  if (source.http!.since !== undefined && source.watermark === undefined) {
    findings.add(PIPELINE['source-option'], [...path, 'http', 'since'], {
      message: '`since` takes the watermark, but the source has none', at: 'key', remedy: 'write `watermark: …` beside `http`, or remove it',
    });
  }
  return { connector: 'http', options: { ...source.http! } };
}

/** What a job is told travels in the open over http, and what stands in a URL is read by everybody. */
function checkUrl(written: string, path: DocumentPath, findings: Findings): void {
  const { protocol, hostname, username, password } = new URL(written);
  if (username !== '' || password !== '') {
    findings.add(PIPELINE['source-option'], path, {
      message: 'a URL must not carry a password: everybody can read a pipeline', at: 'value', remedy: 'change the password, and put the header that it makes into a connection: `connection: …`',
    });
  } else if (protocol === 'http:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)) {
    findings.add(PIPELINE['source-option'], path, { message: 'http is only for services on this machine', received: written, expected: 'a URL that begins with https://' });
  }
}

function checkPaging({ format, paginate, records, cursor, parameter }: HttpOptions, path: DocumentPath, findings: Findings): void {
  const add = (key: string, message: string, remedy: string): void => findings.add(PIPELINE['source-option'], [...path, key], { message, at: 'key', remedy });
  if (records !== undefined && format !== 'json') add('records', `\`records\` means nothing for ${format}`, 'remove it');
  if (paginate === 'cursor') {
    if (format !== 'json') add('paginate', `a cursor comes in a JSON answer, but the format is ${format}`, 'write `paginate: link`, or another format');
    if (cursor === undefined || parameter === undefined) add('paginate', 'nothing says how to ask for the next page', 'write `cursor: …`, the key in the answer, and `parameter: …`, that of the URL');
    return;
  }
  for (const [key, value] of Object.entries({ cursor, parameter })) {
    if (value !== undefined) add(key, `\`${key}\` means nothing without \`paginate: cursor\``, 'write `paginate: cursor`, or remove it');
  }
}
