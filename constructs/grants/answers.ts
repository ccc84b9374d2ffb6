/** What a consumer may be given of a product, for who decides on a subscription. */
export interface Judgement {
  readonly status: string;
  /** Roles of the contract. */
  readonly roles: readonly string[];
  /** The role that is meant: the one that was asked for, or the only one there is. */
  readonly role: string | null;
  /** Whether the contract itself gives it to the consumer. */
  readonly covered: boolean;
  /** Why it may not be given; null where it may. */
  readonly refused: string | null;
  /** The highest class of a column that the consumer would see. */
  readonly clearance: string | null;
}

/** What has become of a product's grants, in words. */
export interface GrantsReport {
  readonly granted: number;
  readonly revoked: number;
  /** What is in force. */
  readonly grants: readonly string[];
  /** Columns that are shown to fewer until a run has masked them. */
  readonly waiting: readonly string[];
  /** Bindings that give nothing, and why. */
  readonly refused: readonly string[];
  /** What somebody has on its tables that neither contract nor binding explains, and copies that may outlive their grant. */
  readonly drift: readonly string[];
}
