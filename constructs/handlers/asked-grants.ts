import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { identityOf } from '../domain/identity';
import { domainNames, type ProductPlace } from '../domain/naming';
import { waitingClient } from './clients';
import { HandlerError } from './custom-resource';
import { type GrantsReport, type Judgement } from '../grants/answers';

/** Asks the handlers of grants in the accounts of domains. */
export class AskedGrants {
  private readonly clients = new Map<string, LambdaClient>();

  async judge(place: ProductPlace, consumer: string, role: string | null): Promise<Judgement> {
    return await this.ask(place, { action: 'judge', consumer, ...(role !== null && { role }) }) as Judgement;
  }

  async reconcile(place: ProductPlace): Promise<GrantsReport> {
    return await this.ask(place, { action: 'reconcile' }) as GrantsReport;
  }

  /** As `reconcile`; of a product without grants there is nothing to do. */
  async follow(place: ProductPlace): Promise<GrantsReport> {
    return await this.ask(place, { action: 'follow' }) as GrantsReport;
  }

  private async ask(place: ProductPlace, question: object): Promise<unknown> {
    const { domain, entity, major, region } = place;
    const FunctionName = domainNames.handlerArn(place, 'grants');
    const Payload = JSON.stringify({ ...identityOf(place), ...question });
    const { FunctionError, Payload: answer } = await this.in(region).send(new InvokeCommand({ FunctionName, Payload: Buffer.from(Payload) }));
    const said: unknown = JSON.parse(Buffer.from(answer ?? []).toString('utf8') || 'null');
    if (FunctionError !== undefined) throw new HandlerError(`the grants of ${domain}/${entity} v${major} could not be asked: ${(said as { errorMessage?: string } | null)?.errorMessage ?? FunctionError}`);
    return said;
  }

  private in(region: string): LambdaClient {
    const client = this.clients.get(region) ?? waitingClient(LambdaClient, { region });
    this.clients.set(region, client);
    return client;
  }
}
