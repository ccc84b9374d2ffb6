/** What a client of the SDK may be told beside; unsaid, the function's own region and role count. */
export interface ClientOptions {
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
}

/**
 * How handlers call AWS: patient with a service that throttles, and a call that hangs is given up, which has to be asked for, and made
 * again. Eight attempts of half a minute are four minutes, of the fifteen that a function has.
 */
export const PATIENCE = { maxAttempts: 8, requestHandler: { connectionTimeout: 3_000, requestTimeout: 30_000, throwOnRequestTimeout: true } } as const;

/** The client of a service, as every handler makes it: `client(S3Client)`. */
export function client<C>(Client: new (options: typeof PATIENCE & ClientOptions) => C, options: ClientOptions = {}): C {
  return new Client({ ...PATIENCE, ...options });
}
