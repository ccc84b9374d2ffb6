import { registerInit } from './init';
import { type Registry } from './verb';

/** All verbs, in the order of the help. */
export function registerVerbs(registry: Registry): void {
  for (const register of [registerInit]) register(registry);
}
