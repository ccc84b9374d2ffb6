/** The parts of a contract that somebody can be asked to sign: what each covers is in signed-content.ts. */
export const SIGNOFF_PARTS = ['owner', 'security', 'platform'] as const;
export type SignoffPart = (typeof SIGNOFF_PARTS)[number];
