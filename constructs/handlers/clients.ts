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

/** Of a function that answers once its work is done, which takes longer than other calls: less than a function has itself. */
export const WAITING = { maxAttempts: 3, requestHandler: { ...PATIENCE.requestHandler, requestTimeout: 800_000 } } as const;

/** The client of a service, as every handler makes it: `client(S3Client)`. */
export function client<C>(Client: new (options: typeof PATIENCE & ClientOptions) => C, options: ClientOptions = {}): C {
  return new Client({ ...PATIENCE, ...options });
}

/** As `client`, for who waits for a function. */
export function waitingClient<C>(Client: new (options: typeof WAITING & ClientOptions) => C, options: ClientOptions = {}): C {
  return new Client({ ...WAITING, ...options });
}
