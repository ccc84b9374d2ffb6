/** Of this package; the build writes it in. */
export const VERSION = process.env.MESH_VERSION ?? '0.0.0';
