import { type Plan } from './plan-schema';

/** The parts of a contract that somebody can be asked to sign. */
export const SIGNOFF_PARTS = ['owner', 'security', 'platform'] as const;
export type SignoffPart = (typeof SIGNOFF_PARTS)[number];

/** What is known about a product's sign-off file. */
export interface SignoffFile {
  /** As the person named it. */
  readonly file: string;
  readonly exists: boolean;
}

/** Which sign-offs an environment asks for, and what is wrong with those that are not there. */
export function signoffVerdict(required: readonly SignoffPart[], signoff: SignoffFile | undefined): Plan['signoff'] {
  return {
    required: [...required],
    valid: [],
    problems: required.map((part) => (signoff?.exists === true
      ? `the sign-off of ${part} in ${signoff.file} holds no signature that covers this contract`
      : `the sign-off of ${part} is missing`)),
  };
}
