import { join } from 'node:path'
import { RemovalPolicy } from 'aws-cdk-lib'
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { FilterPattern } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { Carrier } from './carrier.ts'
import { EXTERNAL_STREAM_VARIABLE, LOG_TABLE_VARIABLE, MARKS_TABLE_VARIABLE } from './engines.ts'
import { EventStream } from './eventStream.ts'
import type { Log } from './log.ts'

const ENTRY = join(import.meta.dirname, '../src/feed/aws/external/lambda.ts')

export interface ExternalEventsProps {
  readonly log: Log
  readonly platformEvents: EventStream
}

/** The stream for others, the function that fills it, and the table in which that keeps how far it is in each stream. */
export class ExternalEvents extends EventStream {
  readonly transform: Carrier
  /** So often it met an event that it could not publish: its stream stands still then. */
  readonly held: Metric

  constructor(scope: Construct, id: string, { log, platformEvents }: ExternalEventsProps) {
    super(scope, id)
    // As src/feed/aws/external/DynamoMarks.ts has it. Without it everything is published once more.
    const marks = new TableV2(this, 'Marks', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.transform = new Carrier(this, 'Transform', {
      entry: ENTRY,
      environment: {
        [LOG_TABLE_VARIABLE]: log.table.tableName,
        [MARKS_TABLE_VARIABLE]: marks.tableName,
        [EXTERNAL_STREAM_VARIABLE]: this.stream.streamName,
      },
      from: (options) => new KinesisEventSource(platformEvents.stream, options),
    })
    const { function: transform, logGroup } = this.transform
    log.grantReadStreams(transform)
    marks.grant(
      transform,
      'dynamodb:BatchGetItem',
      'dynamodb:UpdateItem',
      'dynamodb:PutItem',
      'dynamodb:DeleteItem',
      'dynamodb:Query',
    )
    this.grantPublish(transform)
    const filter = logGroup.addMetricFilter('Held', {
      filterPattern: FilterPattern.exists('$.held'),
      metricNamespace: 'Rollcall/Functions',
      metricName: 'held_streams',
    })
    this.held = filter.metric()
  }
}
