/** Things that read each other, each after what it reads; or a circle of them, first name repeated at the end. */
export type Ordering<T> = { readonly ok: true; readonly order: T[] } | { readonly ok: false; readonly circle: string[] };

/** Orders by dependency, otherwise as given. Names that nothing has are taken for the outside. */
export function dependencyOrder<T extends { readonly name: string }>(things: readonly T[], readsOf: (thing: T) => readonly string[]): Ordering<T> {
  const byName = new Map(things.map((thing) => [thing.name, thing]));
  const order: T[] = [];
  const state = new Map<string, 'open' | 'done'>();
  // an explicit stack: a chain of tables may be longer than the call stack is deep
  for (const start of things) {
    if (state.has(start.name)) continue;
    const stack: { thing: T; next: string[] }[] = [{ thing: start, next: [...readsOf(start)] }];
    state.set(start.name, 'open');
    for (let top = stack[stack.length - 1]; top !== undefined; top = stack[stack.length - 1]) {
      const name = top.next.shift();
      if (name === undefined) {
        stack.pop();
        state.set(top.thing.name, 'done');
        order.push(top.thing);
        continue;
      }
      const thing = byName.get(name);
      if (thing === undefined || state.get(name) === 'done') continue;
      if (state.get(name) === 'open') {
        const names = stack.map((each) => each.thing.name);
        return { ok: false, circle: [...names.slice(names.indexOf(name)), name] };
      }
      state.set(name, 'open');
      stack.push({ thing, next: [...readsOf(thing)] });
    }
  }
  return { ok: true, order };
}
