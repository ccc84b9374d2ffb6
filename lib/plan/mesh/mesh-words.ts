import * as z from 'zod';
import { REASON, SHA_256 } from '../file-digest';

/** What names, regions and accounts are written like in mesh.yaml. */
export const text = z.string().min(1);
export const identifier = z.string().max(60).regex(/^[a-z](?:_?[a-z0-9])*$/, 'lower-case letters, digits and single `_` between them, a letter first');
export const meshName = z.string().max(20).regex(/^[a-z](?:-?[a-z0-9])*$/, 'lower-case letters, digits and `-`, a letter first');
export const environmentName = z.string().regex(/^[a-z][a-z0-9]{0,9}$/, 'at most ten lower-case letters and digits');
export const region = z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'a region, e.g. eu-central-1');
export const account = z.string().regex(/^\d{12}$/, 'twelve digits, in quotes');
export const perEnvironment = z.union([account, z.record(text, account)]).describe('One account, or one for each environment.');
export const fileDigest = z.string().regex(SHA_256, 'a SHA-256 in 64 lower-case hex digits, as sha256sum prints it');
export const reason = z.string().regex(REASON, 'one line of at most 200 characters');
