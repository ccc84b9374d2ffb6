import { HandlerError } from '../../handlers/custom-resource';
import { type Holder } from '../../run-log/run-log';
import { announce } from './announce';
import { type Outside, type Product } from './publisher';

/** Milliseconds that the lock lasts; the function ends before. */
const LEASE = 16 * 60_000;

/** Does what somebody has asked for, while no run of the product is at work. */
export async function underLock<T>(outside: Outside, product: Product, owner: string, act: (mine: Holder) => Promise<T>): Promise<T> {
  const { log, title } = product;
  const mine = await log.acquire(owner, outside.now() + LEASE, outside.now());
  if (mine === undefined) throw new HandlerError(`${title} is being run`, 'wait until the run has ended, or stop its execution, then ask again');
  try {
    return await act(mine);
  } finally {
    await log.release(mine);
    // Also of what was refused: a run that it ended, or an attempt before it, may be published and not told of.
    await announce(outside, product);
  }
}
