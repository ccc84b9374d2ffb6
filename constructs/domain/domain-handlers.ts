import { Construct } from 'constructs';
import { CatalogueHandler } from '../catalogue/catalogue-handler';
import { type HandlerFunction } from '../handlers/handler-function';
import { GrantsHandler } from '../grants/grants-handler';
import { FreshnessProbe } from '../monitoring/freshness-probe';
import { PermissionsHandler } from '../permissions/permissions-handler';
import { Publisher, type PublisherProps } from '../publishing/publisher';
import { TablesHandler } from '../tables/tables-handler';
import { CatalogueProject } from './catalogue-project';
import { FailedRuns } from './failed-runs';

/** What products ask and the foundation does: tables, permissions, the catalogue, publication and, for the platform, grants; each by a function with a role of its own. */
export class DomainHandlers extends Construct {
  readonly tables: HandlerFunction;
  readonly permissions: HandlerFunction;
  readonly catalogue: HandlerFunction;
  readonly publisher: HandlerFunction;
  /** Not for products: the platform asks it for what consumers may see. */
  readonly grants: HandlerFunction;

  constructor(scope: Construct, id: string, props: PublisherProps) {
    super(scope, id);
    this.tables = new TablesHandler(this, 'Tables', props).handler;
    this.permissions = new PermissionsHandler(this, 'Permissions', props).handler;
    this.catalogue = new CatalogueHandler(this, 'Catalogue', props).handler;
    this.publisher = new Publisher(this, 'Publisher', props).handler;
    this.grants = new GrantsHandler(this, 'Grants', props).handler;
    new CatalogueProject(this, 'Project', { place: props.place }).node.addDependency(this.catalogue);
    new FreshnessProbe(this, 'Probe', { place: props.place, publisher: this.publisher.function, deadLetters: this.publisher.failed });
    new FailedRuns(this, 'FailedRuns', { place: props.place, publisher: this.publisher.function, deadLetters: this.publisher.failed });
  }
}
