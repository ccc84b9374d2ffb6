/** Of what products ask of their foundation; a foundation answers this one and the one before. */
export const INTERFACE_VERSION = '1';
