import { type Rule } from '../rule';
import { ACCESS_RULES } from './access';
import { COPY_RULES } from './copies';
import { ENCRYPTION_RULES } from './encryption';
import { LAKE_RULES } from './lake';
import { STORE_RULES } from './stores';
import { TAG_RULES } from './tags';

/** Every rule, in the order of docs/policy.md. */
export const RULES: readonly Rule[] = [...STORE_RULES, ...ENCRYPTION_RULES, ...ACCESS_RULES, ...LAKE_RULES, ...COPY_RULES, ...TAG_RULES];
