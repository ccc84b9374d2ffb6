import { type DocumentPath, formatPath } from './document-path';
import { type Problem } from './problem';

/** What a rule is, apart from how it checks: one section of docs/rules.md each. */
export interface RuleInfo {
  /** Stable, e.g. `lint/unknown-severity`. */
  readonly id: string;
  readonly severity: Problem['severity'];
  /** One line: what holds where the rule is content. */
  readonly title: string;
}

/** One thing that is wrong, for a person. */
export interface Detail {
  /** What is wrong, in one sentence. */
  readonly message: string;
  readonly received?: unknown;
  readonly expected?: string | undefined;
  readonly remedy?: string | undefined;
  /**
   * Whether the name of a field is at fault or what it holds.
   * @default 'value'
   */
  readonly at?: 'key' | 'value';
}

type Locate = (path: DocumentPath, what?: 'key' | 'value') => { readonly line: number; readonly column: number; readonly path?: DocumentPath };

/** Collects what is wrong in one file. Positions are looked up only when something is. */
export class Findings {
  private readonly found: { readonly rule: RuleInfo; readonly path: DocumentPath; readonly detail: Detail }[] = [];

  /** `file` as the person named it. */
  constructor(readonly file: string, readonly locate: Locate) {}

  add(rule: RuleInfo, path: DocumentPath, detail: Detail): void {
    this.found.push({ rule, path, detail });
  }

  get any(): boolean {
    return this.found.length > 0;
  }

  get anyError(): boolean {
    return this.found.some(({ rule }) => rule.severity === 'error');
  }

  /** In the order of the file. */
  problems(): Problem[] {
    return this.found.map(({ rule, path, detail }): Problem => {
      const place = this.locate(path, detail.at ?? 'value');
      return {
        id: rule.id, severity: rule.severity, file: this.file, line: place.line, column: place.column,
        path: formatPath(place.path ?? path), message: detail.message,
        ...('received' in detail ? { received: shown(detail.received) } : {}),
        ...(detail.expected === undefined ? {} : { expected: detail.expected }),
        ...(detail.remedy === undefined ? {} : { remedy: detail.remedy }),
      };
    }).sort(byPosition);
  }
}

/** By file, then by place in it; errors before warnings of the same place. */
export function byPosition(a: Problem, b: Problem): number {
  return compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.severity, b.severity) || compare(a.id, b.id)
    || compare(a.message, b.message);
}

/** A value as its author wrote it, near enough, in one short line. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : value === undefined ? 'nothing' : JSON.stringify(value);
  const line = text.replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 77)}…` : line;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
