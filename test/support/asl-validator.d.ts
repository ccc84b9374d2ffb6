/** The package's types are of another module system. */
declare module 'asl-validator' {
  function validate(definition: unknown): { isValid: boolean; errorsText(separator?: string): string };
  export = validate;
}
