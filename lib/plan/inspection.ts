/*
 * What handlers answer that look at what is deployed, for `mesh verify` and `mesh plan --target`. A handler compares with the contract
 * that it was deployed with; whether that is the contract of the file, the command says.
 */

/** What a handler that was never told of a product says of it. */
export const NOT_DEPLOYED = 'was not deployed';

/** Somebody's last change of something, as CloudTrail keeps it. */
export interface Changed {
  /** ISO 8601. */
  readonly at: string;
  /** `RevokePermissions` */
  readonly event: string;
  /** ARN of the session or user, or the service that did it. */
  readonly principal: string;
  /** Who the person is whatever role they take, where their identity provider says it. */
  readonly sourceIdentity: string | null;
}

/** One thing that is not as it should be. */
export interface Difference {
  readonly what: string;
  /** The part of the contract that it follows from, `roles.analyst` or `slaProperties[0]`; null where none says anything of it. */
  readonly part: string | null;
  /** Null where the trail does not say. */
  readonly by: Changed | null;
}

/** What every inspection says. */
export interface Inspection {
  /** Digest and version of the contract that was deployed last. */
  readonly contract: string;
  readonly version: string;
  /** What is not as it should be, and is put right by a repair. */
  readonly differences: readonly Difference[];
  /** Which trail was asked, and what it cannot know: `CloudTrail of 222222222222 in eu-west-1, which keeps 90 days`. */
  readonly trail: string;
}

/** How a product's grants stand. */
export interface GrantsInspection extends Inspection {
  /** Why nobody is given anything; null where somebody may be. */
  readonly closed: string | null;
  /** What should be in force. */
  readonly grants: readonly string[];
  /** Columns that are shown to fewer until a run has masked them. */
  readonly waiting: readonly string[];
  /** Bindings that give nothing, and why. */
  readonly refused: readonly string[];
  /** What somebody has on its tables that neither contract nor binding explains. */
  readonly drift: readonly Difference[];
}

/** A role that a consumer is bound to, by the contract or by a subscription that was approved, and what it shows them. */
export interface HeldRole {
  readonly consumer: string;
  readonly role: string;
  /** Whether a subscription says so, whatever the contract does. */
  readonly subscribed: boolean;
  /** `table.column`s, as the contract calls them; none where it is refused. */
  readonly columns: readonly string[];
  /** The condition of which rows it shows; null for every row. */
  readonly rowFilter: string | null;
  /** Why it shows nothing; null where it does. */
  readonly refused: string | null;
}

/** Who has which role of a product, whatever Lake Formation has. */
export interface RolesListing {
  readonly roles: readonly HeldRole[];
}

/** How a product stands in the catalogue. */
export interface ListingInspection extends Inspection {
  /** Whether consumers find it. */
  readonly listed: boolean;
  /** Why they should not; null where they should. */
  readonly unlisted: string | null;
}

/** How a product is watched. */
export interface AlarmsInspection extends Inspection {
  /** Alarms that are there. */
  readonly alarms: number;
}
