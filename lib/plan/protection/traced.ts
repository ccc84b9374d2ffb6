import { isKeyed, isProtected, type Masking } from '../../contract/classification';
import { customProperty } from '../../contract/mesh-property';
import { type Columns, protectedAtSource } from '../sql/column-flow';
import { type PromisedTable } from '../contract-tables';
import { type DraftTable } from '../pipeline/draft';
import { inputsOf } from '../pipeline/refresh';
import { givesPlainly, madeOf, mayBeMadeOf, starredIn } from '../sql/origins';
import { bareColumn } from '../sql/bare-column';
import { type PlanRule, type PlanTable } from '../plan-schema';
import { type SqlAnswer } from '../sql/sql-check';
import { isOpen, type Needs } from './demanded';
import { both, broughtBy, ByName, isCount, isSame, type Mark, type Names, namesIn, taken } from './marks';
import { passedOn, type Passing } from './passed-on';
import { present } from './present';
import { type Exposed, type MaskedTwice, type Protection, type ProtectionInput } from './protection';
import { unpromisedColumns } from './unpromised';

/** Who has masked what comes to a table, by name: a rule, or the publishing of the table or product that is read. */
type Masked = ByName<MaskedTwice['by']>;

/** Names that are protected, and names whose values are masked already. */
interface Coming {
  readonly names: Names;
  readonly masked: Masked;
}

interface Around {
  readonly table: DraftTable;
  readonly coming: ReadonlyMap<string, Coming>;
  readonly answers: ReadonlyMap<string, SqlAnswer>;
  readonly flow: ReadonlyMap<string, Columns>;
}

/** Where protected names come to, table by table, from the sources on and from what `needs` says of each. */
export function traced(input: ProtectionInput, needs: ReadonlyMap<string, Needs>): Protection {
  const { pipeline, ordered, promised, products, answers, flow, classification: common } = input;
  const coming = new Map<string, Coming>();
  const passed = isProtected(common) ? passedOn(input) : undefined;
  const unpromised = passed === undefined ? undefined : unpromisedColumns(input, passed);
  for (const source of pipeline.sources) {
    const names: Names = new ByName<Mark>(needs.get(source.name));
    const masked: Masked = new ByName();
    // what is masked where it is read from is no longer the value itself
    for (const { name, masking } of protectedAtSource(source, products)) {
      if (isKeyed(masking)) masked.set(name, { imported: source.name });
      names.set(name, { masking: names.get(name)?.masking ?? 'redact', copy: masking === 'none' || names.get(name)?.copy === true });
    }
    for (const name of unpromised?.get(source.name) ?? []) {
      const known = names.get(name);
      names.set(name, known === undefined ? { masking: 'redact', copy: false, unnamed: true } : { ...known, soft: false });
    }
    coming.set(source.name, { names, masked });
  }
  const byTable = new Map<string, PlanTable['protected']>();
  const exposed: Exposed[] = [];
  const maskedTwice: MaskedTwice[] = [];
  const untold: string[] = [];
  for (const table of ordered) {
    const seen = new ByName<Masking>([...needs.get(table.name) ?? []].map(([name, { masking }]) => [name, masking]));
    const see = ({ names }: Coming): void => {
      for (const [name, { masking }] of names) if (!seen.has(name)) seen.set(name, masking);
    };
    if (isUntold(table, answers) && isAtStake(table, needs, coming)) untold.push(table.name);
    // what a query reads is not in its rows
    let at: Coming = (table.rules[0]?.rule.kind === 'sql' ? undefined : coming.get(table.from[0])) ?? { names: new ByName(), masked: new ByName() };
    see(at);
    for (const { rule } of table.rules) {
      at = released(after(rule, at, { table, coming, answers, flow }), passed?.byRule.get(rule.id));
      see(at);
      if (rule.kind === 'hash' || rule.kind === 'redact') for (const name of rule.columns) if (!seen.has(name)) seen.set(name, rule.kind);
    }
    const promise = table.layer === 'gold' ? promised.find(({ object }) => object.name === table.name) : undefined;
    for (const { name, classification, masking } of promise?.columns ?? []) {
      const mark = at.names.get(name);
      // what is made of columns of the domain's class is of the class that the contract gives it
      if (!isProtected(classification) && mark !== undefined && mark.unnamed !== true) {
        exposed.push({ table: table.name, column: name, copied: mark.copy && !releases(promise!, name), perhaps: mark.perhaps === true });
      }
      const by = at.masked.get(name);
      if (isKeyed(masking) && by !== undefined) maskedTwice.push({ table: table.name, column: name, by });
    }
    coming.set(table.name, asPublished(at, promise));
    byTable.set(table.name, present(seen, flow, table, promise));
  }
  return { byTable, exposed, maskedTwice, untold };
}

/** Whether a table has a query of which nobody knows what its columns are made of. */
function isUntold({ rules }: DraftTable, answers: ReadonlyMap<string, SqlAnswer>): boolean {
  const answer = rules[0]?.rule.kind === 'sql' ? answers.get(rules[0].rule.id) : undefined;
  // what is wrong with a query is said elsewhere
  return rules[0]?.rule.kind === 'sql' && (answer === undefined || (answer.ok && answer.lineage === null));
}

/** Whether protected columns come to a table, or are promised of what is made of it. */
function isAtStake(table: DraftTable, needs: ReadonlyMap<string, Needs>, coming: ReadonlyMap<string, Coming>): boolean {
  return [...needs.get(table.name) ?? []].some(([, { soft }]) => !soft) || inputsOf(table).some((input) => [...coming.get(input)?.names ?? []].some(([, { soft }]) => soft !== true));
}

/** Without the names that are of the domain's class only until here: as they are now, the contract gives them theirs. */
function released({ names, masked }: Coming, passing: Passing | undefined): Coming {
  return passing === undefined ? { names, masked } : { names: new ByName([...names].filter(([name, { unnamed }]) => unnamed !== true || !passing.has(name))), masked };
}

/** What readers of a table get: of one that is published, masked columns are no longer the values themselves. */
function asPublished({ names, masked }: Coming, promise: PromisedTable | undefined): Coming {
  const published: Coming = { names: new ByName(names), masked: new ByName(masked) };
  for (const { name, masking } of promise?.columns ?? []) {
    if (masking === 'none') continue;
    published.names.delete(name);
    published.masked.set(name, { published: promise!.object.name });
  }
  return published;
}

/** Whether the contract itself says that values of the column are published as they are. */
function releases({ object }: PromisedTable, column: string): boolean {
  const property = object.properties.find(({ name }) => name === column);
  return property !== undefined && customProperty(property, 'mesh.masking') === 'none';
}

/** The protected and the masked names after a rule, given those before it. */
function after(rule: PlanRule, before: Coming, around: Around): Coming {
  const { names, masked } = before;
  const later: Names = new ByName(names);
  const done: Masked = new ByName(masked);
  const made = (columns: readonly { readonly name: string; readonly expression: string }[]): void => {
    const open = isOpen(around.table, around.flow);
    for (const { name, expression } of columns) {
      const own = isCount(expression) ? [] : namesIn(expression, around.answers.get(`${rule.id}.${name}`));
      // where no column has that name, an expression means what the same rule has made before it
      const marks = own.flatMap((each) => names.get(each) ?? (open ? later.get(each) : undefined) ?? []);
      const mark = marks.length === 0 ? undefined : marks.reduce(both);
      const by = masked.get(taken(expression) ?? '');
      later.delete(name);
      done.delete(name);
      if (mark !== undefined) later.set(name, { ...mark, copy: mark.copy && bareColumn(expression) !== undefined });
      if (by !== undefined) done.set(name, by);
    }
  };
  switch (rule.kind) {
    case 'rename':
      for (const { from } of rule.columns) {
        later.delete(from);
        done.delete(from);
      }
      for (const { from, to } of rule.columns) {
        if (names.has(from)) later.set(to, names.get(from)!);
        if (masked.has(from)) done.set(to, masked.get(from)!);
      }
      break;
    case 'derive':
      made(rule.columns);
      break;
    case 'aggregate':
      for (const name of [...names.names(), ...masked.names()]) {
        if (rule.by.some((each) => isSame(each, name))) continue;
        later.delete(name);
        done.delete(name);
      }
      made(rule.measures);
      break;
    case 'hash':
    case 'redact':
      for (const name of rule.columns) {
        later.delete(name);
        done.set(name, 'rule');
      }
      break;
    case 'join': {
      const theirs = around.coming.get(rule.with);
      if (theirs === undefined || rule.how === 'semi' || rule.how === 'anti') break;
      for (const { from, to } of broughtBy(rule, [...theirs.names.names(), ...theirs.masked.names()])) {
        if (theirs.names.has(from)) later.set(to, theirs.names.get(from)!);
        if (theirs.masked.has(from)) done.set(to, theirs.masked.get(from)!);
      }
      // a row of theirs alone has their key
      for (const { left, right } of rule.how === 'right' || rule.how === 'full' ? rule.on : []) {
        if (theirs.names.has(right)) later.set(left, both(theirs.names.get(right)!, later.get(left)));
        if (theirs.masked.has(right)) done.set(left, theirs.masked.get(right)!);
      }
      break;
    }
    case 'union':
      for (const other of rule.with) {
        const theirs = around.coming.get(other);
        for (const [name, mark] of theirs?.names ?? []) later.set(name, both(mark, later.get(name)));
        for (const [name, by] of theirs?.masked ?? []) done.set(name, by);
      }
      break;
    case 'sql': return afterSql(rule.id, around);
    default: break;
  }
  return { names: later, masked: done };
}

function afterSql(id: string, { table, coming, answers }: Around): Coming {
  const answer = answers.get(id);
  const names: Names = new ByName();
  const masked: Masked = new ByName();
  if (answer === undefined || answer.lineage === null) {
    for (const input of table.from) {
      for (const [name, mark] of coming.get(input)?.names ?? []) {
        if (answer?.columns?.some((each) => isSame(each, name)) !== false) names.set(name, both({ ...mark, copy: false }, names.get(name)));
      }
    }
    return { names, masked };
  }
  const given = [answer.lineage, answer.perhaps ?? {}].flatMap((told) => Object.keys(told)).filter((name) => name !== '*');
  const starred = starredIn(answer).flatMap((input) => [...coming.get(input)?.names.names() ?? [], ...coming.get(input)?.masked.names() ?? []]);
  for (const name of new Set([...given, ...starred])) {
    const certain = new Set(madeOf(answer, name).map((origin) => origin.join('.')));
    for (const origin of mayBeMadeOf(answer, name) ?? []) {
      const [input, column] = origin;
      const isCopy = givesPlainly(answer, name, origin);
      const mark = coming.get(input)?.names.get(column);
      const by = coming.get(input)?.masked.get(column);
      const perhaps = !certain.has(`${input}.${column}`);
      if (mark !== undefined) {
        names.set(name, both({ ...mark, copy: mark.copy && isCopy, perhaps: perhaps || mark.perhaps === true }, names.get(name)));
      }
      if (by !== undefined && !perhaps && isCopy) masked.set(name, by);
    }
  }
  return { names, masked };
}
