export { DataContract, type DataContractOptions } from './plan/data-contract';
