/** How often a property is tried: so often in the short suite, twenty times that in test/properties.soak.test.ts. */
export const runs = (short: number): number => short * Number(process.env.PROPERTY_TIMES ?? 1);
