/** Of what products ask of their foundation. */
export const INTERFACE_VERSION = '1';

/** What a foundation answers: this version and, once there is one, the one before. */
export const ANSWERED_VERSIONS: readonly string[] = [INTERFACE_VERSION];
