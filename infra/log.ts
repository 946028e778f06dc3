import { RemovalPolicy, Stack, Token } from 'aws-cdk-lib'
import {
  AttributeType,
  Billing,
  type ITableV2,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb'
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'

/**
 * The log's table, as src/log/dynamodb/layout.ts has it. All else can be built again from it, so it outlives its stack. It is made with
 * the stack, or is there already, restored or copied: then it is named by its stream, which the relay needs.
 */
export class Log extends Construct {
  readonly table: ITableV2
  readonly url: string

  constructor(scope: Construct, id: string, streamArn: string | null) {
    super(scope, id)
    this.table =
      streamArn === null
        ? new TableV2(this, 'Table', {
            partitionKey: { name: 'pk', type: AttributeType.STRING },
            sortKey: { name: 'sk', type: AttributeType.NUMBER },
            dynamoStream: StreamViewType.NEW_IMAGE,
            billing: Billing.onDemand(),
            encryption: TableEncryptionV2.awsManagedKey(),
            pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
            deletionProtection: true,
            removalPolicy: RemovalPolicy.RETAIN,
          })
        : TableV2.fromTableAttributes(this, 'Existing', {
            tableArn: tableOf(streamArn, Stack.of(this).region),
            tableStreamArn: streamArn,
          })
    this.url = `dynamodb://${Stack.of(this).region}/${this.table.tableName}`
  }

  grantRead(grantee: IGrantable): void {
    this.table.grant(grantee, 'dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:Scan')
  }

  /** A stream at a time. */
  grantReadStreams(grantee: IGrantable): void {
    this.table.grant(grantee, 'dynamodb:GetItem', 'dynamodb:Query')
  }

  /** Of the item that is the log's identity its epoch, and not the secret that is beside it. */
  grantEpoch(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['dynamodb:GetItem'],
        resources: [this.table.tableArn],
        conditions: {
          'ForAllValues:StringEquals': {
            'dynamodb:LeadingKeys': ['log'],
            'dynamodb:Attributes': ['pk', 'sk', 'epoch'],
          },
          StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
        },
      }),
    )
  }

  /** Reading included. Nothing is deleted but in a transaction: only names are, as they are released. */
  grantAppend(grantee: IGrantable): void {
    this.grantRead(grantee)
    this.table.grant(grantee, 'dynamodb:PutItem')
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['dynamodb:ConditionCheckItem', 'dynamodb:DeleteItem'],
        resources: [this.table.tableArn],
        conditions: {
          'ForAnyValue:StringEquals': { 'dynamodb:EnclosingOperation': ['TransactWriteItems'] },
        },
      }),
    )
  }
}

/** Throws for an ARN that is not of a table's stream, or of one in another region than the stack's. */
function tableOf(streamArn: string, region: string): string {
  const [, tableArn, place] =
    /^(arn:[^:]+:dynamodb:([^:]+):\d+:table\/[^/]+)\/stream\/.+$/.exec(streamArn) ?? []
  if (tableArn === undefined) {
    throw new Error(
      `logStreamArn: must be like arn:aws:dynamodb:eu-west-1:111111111111:table/rollcall/stream/2026-01-31T12:00:00.000, but was ${streamArn}`,
    )
  }
  if (!Token.isUnresolved(region) && place !== region) {
    throw new Error(`logStreamArn: must be in the region of the stack, ${region}, but was in ${place}`)
  }
  return tableArn
}
