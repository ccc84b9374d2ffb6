/** Names that are each given once, whatever file system they end up on. */
export class Names {
  private readonly taken = new Set<string>();

  /** The name, or it with a number behind it where it is taken. */
  unique(name: string): string {
    let free = name;
    for (let n = 2; this.taken.has(free.toLowerCase()); n += 1) free = `${name}-${n}`;
    this.taken.add(free.toLowerCase());
    return free;
  }
}
