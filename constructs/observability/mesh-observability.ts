import { Construct } from 'constructs';
import { deployerRoleArn } from '../domain/bootstrap';
import { type DomainPlace } from '../domain/naming';
import { PlatformKey } from '../governance/platform-key';
import { MonthlyReview } from '../review/monthly-review';
import { type ReviewedProduct } from '../review/reviewed-product';
import { MeshDashboard } from './mesh-dashboard';
import { observabilityNames } from './observability-names';
import { type NoticedDomain, OwnerNotices } from './owner-notices';

/** What watches over a mesh. */
export interface MeshObservabilityProps {
  /** The platform's. */
  readonly place: DomainPlace;
  readonly domains: readonly NoticedDomain[];
  readonly products: readonly ReviewedProduct[];
  /** Whether the mesh has an audit, whose trail knows who reads. */
  readonly countsReads: boolean;
}

/** The dashboard of the mesh, what its owners are told, and the monthly review of service levels. */
export class MeshObservability extends Construct {
  readonly dashboard: MeshDashboard;
  readonly notices: OwnerNotices;
  readonly review: MonthlyReview;

  constructor(scope: Construct, id: string, { place, domains, products, countsReads }: MeshObservabilityProps) {
    super(scope, id);
    const { key } = new PlatformKey(this, 'Key', { place, alias: observabilityNames.keyAlias(place), deployers: [deployerRoleArn(this, place)] });
    this.dashboard = new MeshDashboard(this, 'Dashboard', { place, products });
    this.notices = new OwnerNotices(this, 'Notices', { place, key, domains });
    this.review = new MonthlyReview(this, 'Review', { place, key, products, countsReads, topics: Object.values(this.notices.topics).map(({ topicArn }) => topicArn) });
  }
}
