import { accessShapes, publishedColumns } from '../../lib/contract/access-shape';
import { type Contract } from '../../lib/contract/contract';
import { parseContract } from '../../lib/contract/load-contract';
import { promisedTables } from '../../lib/plan/contract-tables';

const CONTRACT = `apiVersion: v3.1.0
kind: DataContract
id: dp_sales_orders
version: 1.0.0
status: active
domain: sales
team: {name: sales-orders, members: [{username: orders-owner@shoply.com, role: owner}]}
schema:
  - name: orders
    properties:
      - {name: order_id, logicalType: string, primaryKey: true, classification: public}
      - {name: amount, logicalType: number}
      - {name: email, logicalType: string, classification: confidential, customProperties: [{property: mesh.masking, value: none}]}
      - {name: email_token, logicalType: string, classification: confidential, customProperties: [{property: mesh.masking, value: tokenise}]}
      - {name: born, logicalType: date, classification: restricted, customProperties: [{property: mesh.masking, value: truncate}]}
      - {name: phone, logicalType: string, classification: restricted}
      - {name: diagnosis, logicalType: string, classification: restricted, customProperties: [{property: mesh.masking, value: none}]}
roles:
  - {role: visitor, customProperties: [{property: mesh.clearance, value: public}]}
  - {role: analyst}
  - {role: support, customProperties: [{property: mesh.clearance, value: confidential}]}
  - {role: doctor, customProperties: [{property: mesh.clearance, value: restricted}, {property: mesh.columns, value: [order_id, orders.diagnosis]}]}
`;

function seen(text = CONTRACT): Record<string, string[]> {
  const { contract } = parseContract(text, 'orders.contract.yaml') as { contract: Contract };
  const columns = promisedTables(contract, 'internal').flatMap(({ object, columns: own }) => publishedColumns(object.name, own));
  return Object.fromEntries(accessShapes(contract, columns).map(({ role, columns: own }) => [role, own.map(({ name }) => name)]));
}

describe('what a role sees', () => {
  test('is masked columns without the clearance for the real ones, and those with it', () => {
    expect(seen()).toEqual({
      visitor: ['order_id'],
      analyst: ['order_id', 'amount', 'email_token', 'born', 'phone'],
      support: ['order_id', 'amount', 'email', 'email_token', 'born', 'phone'],
      doctor: ['order_id', 'diagnosis'],
    });
  });

  test('is less by a column as soon as that is no longer masked', () => {
    expect(seen(CONTRACT.replace('value: tokenise', 'value: none')).analyst).toEqual(['order_id', 'amount', 'born', 'phone']);
  });
});
