export { ANSWERED_VERSIONS, INTERFACE_VERSION } from '../../lib/plan/interface-version';
