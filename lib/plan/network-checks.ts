import { type Contract } from '../contract/contract';
import { type Findings } from '../contract/findings';
import { type DraftPipeline } from './pipeline/draft';
import { type Mesh } from './mesh/mesh';
import { PIPELINE } from './rules';

/** Whether jobs of the domain can get to what its pipelines read: they are in its network, or in none. */
export function checkNetwork({ domain }: Contract, { sources }: DraftPipeline, mesh: Mesh, findings: Findings): void {
  const known = domain === undefined ? undefined : mesh.domain(domain);
  if (known === undefined) return;
  for (const source of sources) {
    if (source.kind !== 'remote') continue;
    const add = (message: string, remedy: string): void =>
      findings.add(PIPELINE['no-network'], ['sources', source.name, source.connector], { message, at: 'key', remedy });
    if (known.network === undefined) {
      add(`\`${source.name}\` cannot be reached on AWS: mesh.yaml gives \`${domain!}\` no network for its jobs`, `ask the platform team to add \`network\` to domains.${domain!}`);
    } else if (source.connector === 'http' && known.network.cidr !== undefined && (known.network.natGateways ?? 0) === 0) {
      add(`\`${source.name}\` cannot be reached on AWS, unless it is inside: the network of \`${domain!}\` has no way to the internet`, `ask the platform team to add \`natGateways: 1\` to domains.${domain!}.network`);
    }
  }
}
