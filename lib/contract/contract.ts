import { type DocumentPath } from './document-path';
import {
  type OdcsAuthoritativeDefinition, type OdcsContext, type OdcsCustomProperty, type OdcsSynonym,
} from './odcs/common';
import { type OdcsDocument } from './odcs/document';
import { type Edition } from './odcs/edition';
import { type OdcsPrice, type OdcsRole, type OdcsSupport, type OdcsTeamMember } from './odcs/people';
import { type LogicalType } from './odcs/property';
import { type QualityOperator } from './odcs/quality';
import { type OdcsColumnRelationship, type OdcsTableRelationship } from './odcs/relationship';
import { type OdcsServer } from './odcs/server';
import { type OdcsServiceLevel } from './odcs/service-level';
import { type Problem } from './problem';

/** Where something stands in the file the person wrote. */
export interface Location {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units, as editors count. */
  readonly column: number;
  /** The path in that file: it differs from the document's where the file is the short template. */
  readonly path: DocumentPath;
}

/** Anything of the contract that a problem may be about. */
export interface Located {
  /** Where it is in {@link Contract.document}: problems are reported there. */
  readonly path: DocumentPath;
}

/**
 * A contract that the standard accepts, in one shape for all editions: ODCS 3.2's words, lists that are never
 * undefined, 3.0's spellings translated. What is derived or interpreted (defaults, `mesh.` names) is not done here.
 */
export interface Contract {
  /** The file, as the person named it. */
  readonly file: string;
  readonly form: 'odcs' | 'short-template';
  readonly edition: Edition;
  /** The ODCS document as written, nothing dropped; of a short template, the document it stands for. */
  readonly document: OdcsDocument;
  /** SHA-256, in hex, of the document's RFC 8785 form. */
  readonly digest: string;
  /** True where a short template names no columns: it is valid, but nothing can be planned from it. */
  readonly incomplete: boolean;

  readonly apiVersion: string;
  readonly id: string;
  readonly version: string;
  readonly status?: string | undefined;
  readonly name?: string | undefined;
  readonly tenant?: string | undefined;
  readonly domain?: string | undefined;
  readonly dataProduct?: string | undefined;
  readonly contractCreatedTs?: string | undefined;
  readonly context?: OdcsContext | undefined;
  readonly tags: readonly string[];
  readonly description: Description;
  readonly servers: readonly (OdcsServer & Located)[];
  readonly schema: readonly SchemaObject[];
  readonly support: readonly (OdcsSupport & Located)[];
  readonly price?: (OdcsPrice & Located) | undefined;
  readonly team: Team;
  readonly roles: readonly Role[];
  /** 3.0's default for `element` of each SLA property; deprecated since. */
  readonly slaDefaultElement?: string | undefined;
  readonly slaProperties: readonly SlaProperty[];
  readonly authoritativeDefinitions: readonly OdcsAuthoritativeDefinition[];
  readonly customProperties: readonly CustomProperty[];

  /** Where a path of the document stands in the file; the nearest part that is there, where it is not written. */
  locate(path: DocumentPath, what?: 'key' | 'value'): Location;
}

export interface Description extends Located {
  readonly usage?: string | undefined;
  readonly purpose?: string | undefined;
  readonly limitations?: string | undefined;
  readonly authoritativeDefinitions: readonly OdcsAuthoritativeDefinition[];
  readonly customProperties: readonly CustomProperty[];
}

export type CustomProperty = OdcsCustomProperty & Located;

interface Element extends Located {
  readonly id?: string | undefined;
  readonly physicalName?: string | undefined;
  readonly physicalType?: string | undefined;
  readonly businessName?: string | undefined;
  readonly description?: string | undefined;
  readonly deprecated?: boolean | undefined;
  readonly synonyms: readonly OdcsSynonym[];
  readonly tags: readonly string[];
  readonly authoritativeDefinitions: readonly OdcsAuthoritativeDefinition[];
  readonly customProperties: readonly CustomProperty[];
  readonly quality: readonly QualityRule[];
}

/** A table. */
export interface SchemaObject extends Element {
  readonly name: string;
  readonly logicalType?: 'object' | undefined;
  readonly dataGranularityDescription?: string | undefined;
  readonly context?: OdcsContext | undefined;
  readonly properties: readonly Property[];
  readonly relationships: readonly TableRelationship[];
}

/** A column, or a field within one. */
export interface Property extends Element {
  /** Empty for the items of a list and the sides of a map that have none. */
  readonly name: string;
  readonly logicalType?: LogicalType | undefined;
  readonly logicalTypeOptions: LogicalTypeOptions;
  readonly primaryKey?: boolean | undefined;
  readonly primaryKeyPosition?: number | undefined;
  readonly required?: boolean | undefined;
  readonly unique?: boolean | undefined;
  readonly partitioned?: boolean | undefined;
  readonly partitionKeyPosition?: number | undefined;
  readonly classification?: string | undefined;
  readonly encryptedName?: string | undefined;
  readonly criticalDataElement?: boolean | undefined;
  readonly semanticType?: 'column' | 'measure' | 'dimension' | undefined;
  readonly transformSourceObjects: readonly string[];
  readonly transformLogic?: string | undefined;
  readonly transformDescription?: string | undefined;
  readonly examples: readonly unknown[];
  /** The allowed values (3.2); undefined where any value is. */
  readonly enum?: readonly EnumValue[] | undefined;
  readonly relationships: readonly Relationship[];
  /** Fields of an object. */
  readonly properties: readonly Property[];
  /** What a list holds. */
  readonly items?: Property | undefined;
  readonly map?: { readonly key: Property; readonly value: Property } | undefined;
}

/** Where the values of a column are found again: a foreign key. */
export type Relationship = Omit<OdcsColumnRelationship, 'customProperties'> & Located & { readonly customProperties: readonly CustomProperty[] };

/** A foreign key of one column or several, which it names. */
export type TableRelationship = Relationship & Pick<OdcsTableRelationship, 'from'>;

export interface EnumValue extends Located {
  readonly value: string | number | boolean | null;
  readonly id?: string | undefined;
  readonly label?: string | undefined;
  readonly description?: string | undefined;
}

/** Exclusive bounds are values, as since 3.1; 3.0's flags are translated. */
export interface LogicalTypeOptions extends Located {
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly pattern?: string | undefined;
  readonly format?: string | undefined;
  readonly minimum?: number | string | undefined;
  readonly maximum?: number | string | undefined;
  readonly exclusiveMinimum?: number | string | undefined;
  readonly exclusiveMaximum?: number | string | undefined;
  readonly multipleOf?: number | undefined;
  readonly timezone?: boolean | undefined;
  readonly defaultTimezone?: string | undefined;
  readonly minProperties?: number | undefined;
  readonly maxProperties?: number | undefined;
  readonly required?: readonly string[] | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly uniqueItems?: boolean | undefined;
  readonly dimensions?: number | undefined;
  readonly elementType?: string | undefined;
  readonly distanceMetric?: string | undefined;
  readonly embeddingModel?: string | undefined;
  readonly embeddingModelVersion?: string | undefined;
  readonly normalized?: boolean | undefined;
}

export interface QualityRule extends Located {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Without one written: `library` if there is a metric, else `text`. */
  readonly type: 'text' | 'library' | 'sql' | 'custom';
  /** 3.1's name of the metric; 3.0's `rule` is translated, and kept as it is where 3.1 has no word for it. */
  readonly metric?: string | undefined;
  /** The field that names the metric: `rule` in 3.0. */
  readonly metricField: 'metric' | 'rule';
  /** All that were written: 3.0 lets none or several through, as any edition does for `text` and `custom`. */
  readonly operators: readonly { readonly operator: QualityOperator; readonly value: unknown }[];
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly query?: string | undefined;
  readonly engine?: string | undefined;
  readonly implementation?: unknown;
  readonly dimension?: string | undefined;
  readonly severity?: string | undefined;
  readonly businessImpact?: string | undefined;
  readonly method?: string | undefined;
  /** `rows` or `percent`; not checked here. */
  readonly unit?: string | undefined;
  readonly schedule?: string | undefined;
  readonly scheduler?: string | undefined;
  readonly tags: readonly string[];
  readonly authoritativeDefinitions: readonly OdcsAuthoritativeDefinition[];
  readonly customProperties: readonly CustomProperty[];
}

/** 3.0's list of people becomes the members of a team without a name. */
export interface Team extends Located {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly tags: readonly string[];
  readonly customProperties: readonly CustomProperty[];
  readonly members: readonly TeamMember[];
}

export type TeamMember = Omit<OdcsTeamMember, 'username' | 'customProperties'> & Located & {
  /** Always there since 3.1. */
  readonly username?: string | undefined;
  readonly customProperties: readonly CustomProperty[];
};

export type Role = Omit<OdcsRole, 'customProperties'> & Located & {
  readonly customProperties: readonly CustomProperty[];
};

export type SlaProperty = Omit<OdcsServiceLevel, 'customProperties'> & Located & {
  readonly customProperties: readonly CustomProperty[];
};

/** What loading a contract gives: a contract the standard accepts, or everything that is wrong with the file. */
export type LoadedContract =
  | { readonly ok: true; readonly contract: Contract; readonly warnings: readonly Problem[] }
  | {
    readonly ok: false;
    readonly problems: readonly Problem[];
    /** The contract without the fields at fault, where it would be one without them: for what is wrong beside. */
    readonly remainder?: () => Remainder | undefined;
  };

/** A contract that lacks some of what its author wrote. */
export interface Remainder {
  readonly contract: Contract;
  /** Whether the column, table, role or other entry at the top in which something stands is whole: what is found there is not for the lack of a field. */
  isWhole(path: string): boolean;
}
