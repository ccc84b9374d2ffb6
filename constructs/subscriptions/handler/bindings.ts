import { type ProductPlace } from '../../domain/naming';
import { ConditionFailed, type RunTable } from '../../run-log/run-table';
import { BINDING, bindingKey, type BindingItem, bindingPartition } from '../../grants/binding';

/** The platform's table of bindings, as what subscriptions make and end. */
export class Bindings {
  constructor(private readonly table: RunTable) {}

  /** Anew where the same consumer had the role before: the later subscription counts. What is told twice stays as it is. */
  async begin(place: ProductPlace, binding: Omit<BindingItem, 'pk' | 'sk'>): Promise<void> {
    const key = bindingKey(place, binding.consumer, binding.role);
    if ((await this.table.get(key))?.subscription === binding.subscription) return;
    await this.table.put(key, { ...binding });
  }

  /** Remembers when a binding's grants came into force first; what the contract gives has none. */
  async inForce(place: ProductPlace, consumer: string, role: string, at: string): Promise<void> {
    const key = bindingKey(place, consumer, role);
    const there = await this.table.get(key);
    if (there === undefined || there.inForceAt !== undefined) return;
    await this.table.transact([{ change: key, to: { inForceAt: at }, when: { text: 'attribute_exists(#pk)', values: {} } }]);
  }

  /** Ends what a subscription has made, and keeps it as history; who had what by it. */
  async end(place: ProductPlace, subscription: string, endedAt: string, endedBecause: string): Promise<{ readonly consumer: string; readonly role: string }[]> {
    const ended: { consumer: string; role: string }[] = [];
    for await (const item of this.table.query(bindingPartition(place), BINDING)) {
      const { consumer, role, subscription: of, endedAt: before } = item as unknown as BindingItem;
      if (of !== subscription) continue;
      ended.push({ consumer, role });
      if (before !== undefined) continue;
      try {
        await this.table.transact([{ change: bindingKey(place, consumer, role), to: { endedAt, endedBecause }, when: { text: '#subscription = :subscription', values: { subscription } } }]);
      } catch (error) {
        // A later subscription took its place meanwhile.
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
    return ended;
  }
}
