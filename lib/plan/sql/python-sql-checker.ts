/* eslint-disable @typescript-eslint/no-require-imports -- Python is only looked for when there is SQL that nobody has checked */
import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { canonicalJson } from '../../contract/digest';
import type * as Python from './python';
import type * as PythonHome from './python-home';
import { type SqlAnswer, type SqlAnswers, type SqlChecker, type SqlItem } from './sql-check';

/** Raised when what is asked or how answers are kept changes. */
const FORMAT = 4;

export interface PythonSqlCheckerOptions {
  /** Where `.mesh/cache/sql` is kept. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Asks the jobs' own checker, in one call, about what is not in the cache under `.mesh/cache/sql`. */
export class PythonSqlChecker implements SqlChecker {
  private readonly folder: string;

  constructor(private readonly options: PythonSqlCheckerOptions) {
    this.folder = path.join(options.root, '.mesh', 'cache', 'sql');
  }

  check(items: readonly SqlItem[]): SqlAnswers {
    const version = items.length === 0 ? '' : checkerVersion();
    const answers = new Map<string, SqlAnswer>();
    const open: { readonly item: SqlItem; readonly key: string }[] = [];
    for (const item of items) {
      const key = keyOf(item, version);
      const cached = this.read(key);
      if (cached === undefined) open.push({ item, key });
      else answers.set(item.id, cached);
    }
    if (open.length === 0) return { ok: true, answers };
    const { callJobsSync } = require('./python') as typeof Python;
    // equal questions are asked once
    const unique = [...new Map(open.map(({ item, key }) => [key, item]))];
    const request = { items: unique.map(([id, { kind, text, tables, rows, columns }]) => ({ id, kind, text, tables, ...(rows === undefined ? {} : { rows }), ...(columns === undefined ? {} : { columns }) })) };
    const outcome = callJobsSync('check-sql', request, { root: this.options.root, env: this.options.env });
    if (outcome.kind !== 'result') {
      const why = outcome.kind === 'interrupted' ? 'it was interrupted' : outcome.message;
      const remedy = outcome.kind === 'refused' ? outcome.remedy : undefined;
      return { ok: false, why, remedy: remedy ?? 'set MESH_PYTHON to a Python 3.11 that has mesh_jobs' };
    }
    const found = new Map((outcome.result as { items: (SqlAnswer & { id: string })[] }).items.map(({ id, ...answer }) => [id, answer]));
    for (const [key, answer] of found) this.write(key, answer);
    for (const { item, key } of open) {
      const answer = found.get(key);
      if (answer === undefined) return { ok: false, why: 'the checker left a question open', remedy: 'report this' };
      answers.set(item.id, answer);
    }
    return { ok: true, answers };
  }

  private read(key: string): SqlAnswer | undefined {
    try {
      return JSON.parse(fs.readFileSync(path.join(this.folder, `${key}.json`), 'utf8')) as SqlAnswer;
    } catch {
      // missing or half written: it is asked again
      return undefined;
    }
  }

  private write(key: string, answer: SqlAnswer): void {
    const file = path.join(this.folder, `${key}.json`);
    const fresh = `${file}.${randomBytes(4).toString('hex')}`;
    try {
      fs.mkdirSync(this.folder, { recursive: true });
      fs.writeFileSync(fresh, JSON.stringify(answer));
      fs.renameSync(fresh, file);
    } catch {
      // a cache that cannot be written only costs time
    }
  }
}

function keyOf({ kind, text, tables, rows, columns }: SqlItem, version: string): string {
  return createHash('sha256').update(canonicalJson([FORMAT, version, kind, wellFormed(text), [...tables ?? []], tables === null, rows ?? false, columns ?? null])).digest('hex');
}

/** YAML can write half a character; the digest cannot. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}

let known: string | undefined;

/** Changes when the checker does: with its sources beside us, their sizes and times; else with the wheel. */
function checkerVersion(): string {
  if (known !== undefined) return known;
  const { packageRoot } = require('./python-home') as typeof PythonHome;
  const home = packageRoot();
  const sources = path.join(home, 'glue-jobs', 'src', 'mesh_jobs', 'adapters', 'sql');
  const wheels = path.join(home, 'dist', 'jobs');
  const folder = [sources, wheels].find((each) => fs.existsSync(each));
  known = folder === undefined ? 'none' : fs.readdirSync(folder).filter((name) => /\.(py|whl)$/.test(name)).sort().map((name) => {
    const { size, mtimeMs } = fs.statSync(path.join(folder, name));
    return `${name}:${size}:${mtimeMs}`;
  }).join();
  return known;
}
