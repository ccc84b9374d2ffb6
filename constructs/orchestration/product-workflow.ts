import { Annotations, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct, type IDependable } from 'constructs';
import { type ProductParts } from '../data-product/product-parts';
import { identityOf } from '../domain/identity';
import { arnIn, domainNames, productNames } from '../domain/naming';
import { importsOf } from './import-states';
import { ProductImports } from './product-imports';
import { ProductSchedules } from './product-schedules';
import { runDefinition } from './run-definition';
import { StatesRole } from './states-role';

/** What a product's runs are made of. */
export interface ProductWorkflowProps {
  readonly parts: ProductParts;
  /** Seconds after which each job is taken to hang. */
  readonly timeoutSeconds: { readonly etl: number; readonly quality: number };
  /** What has to be there before the first run: tables, permissions, the release. */
  readonly after?: IDependable;
}

/** Runs a product: on its schedules, or when its state machine is started by hand. */
export class ProductWorkflow extends Construct {
  readonly stateMachine: sfn.StateMachine;
  /** The state machine's. */
  readonly role: iam.Role;
  /** Reads other products, where the plan has some. */
  readonly importRole?: iam.Role;
  /** Takes runs that a schedule could not start. */
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, { parts, timeoutSeconds, after }: ProductWorkflowProps) {
    super(scope, id);
    const { place, plan, domain } = parts;
    const imports = importsOf(plan);
    for (const { source, without } of imports.filter((each) => each.without.length > 0)) {
      Annotations.of(this).addWarningV2('cdk-data-mesh:import', `source ${source} is imported without ${without.join(', ')}: Athena cannot unload a timestamp inside a list, map or record to the microsecond`);
    }
    this.importRole = imports.length === 0 ? undefined : new ProductImports(this, 'Imports', { parts, imports }).role;
    const { role, policy } = new StatesRole(this, 'Role', { parts, imports: imports.length > 0 });
    this.role = role;
    const definition = runDefinition({
      place, identity: identityOf(place), modes: plan.modes, imports,
      runTable: domainNames.runTable(place), publisher: domainNames.handlerArn(place, 'publisher'), topic: arnIn(place, 'sns', productNames.ownerTopic(place)),
      importRole: productNames.roleArn(place, 'import'), workGroup: `${productNames.prefix(place)}-import`,
      jobs: {
        etl: { name: productNames.job(place, 'etl'), timeoutSeconds: timeoutSeconds.etl },
        quality: { name: productNames.job(place, 'quality'), timeoutSeconds: timeoutSeconds.quality },
      },
    });
    this.stateMachine = new sfn.StateMachine(this, 'Resource', {
      stateMachineName: productNames.stateMachine(place), stateMachineType: sfn.StateMachineType.STANDARD,
      comment: `Runs ${plan.product.id} v${place.major}`,
      definitionBody: sfn.DefinitionBody.fromString(JSON.stringify(definition)),
      role: role.withoutPolicyUpdates(),
      logs: {
        destination: new logs.LogGroup(this, 'Log', {
          // Vended logs have a resource policy of their own, which does not grow with each state machine.
          logGroupName: `/aws/vendedlogs/states/${productNames.prefix(place)}`, encryptionKey: domain.key, retention: logs.RetentionDays.THREE_MONTHS, removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: sfn.LogLevel.ALL, includeExecutionData: false,
      },
      tracingEnabled: false,
    });
    this.stateMachine.node.addDependency(policy);
    if (after !== undefined) this.stateMachine.node.addDependency(after);
    Validations.of(this.stateMachine).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SF2',
      reason: 'an execution keeps the history of its every state for ninety days, which a trace would say again with less; and the rights of a trace have no resource',
    });
    this.deadLetters = new ProductSchedules(this, 'Schedules', { parts, stateMachineArn: productNames.stateMachineArn(place) }).deadLetters;
    // A schedule that comes first finds nothing to start.
    this.node.findChild('Schedules').node.addDependency(this.stateMachine);
  }
}
