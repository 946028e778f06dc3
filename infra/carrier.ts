import { Duration } from 'aws-cdk-lib'
import {
  Architecture,
  type IEventSource,
  Function as LambdaFunction,
  Runtime,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda'
import { SqsDlq, type StreamEventSourceProps } from 'aws-cdk-lib/aws-lambda-event-sources'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { bundle } from './bundle.ts'

export interface CarrierProps {
  /** A file that exports `handler`, which reports what of a batch has failed. */
  readonly entry: string
  readonly environment: Readonly<Record<string, string>>
  /** What it is fed from, with these options. */
  readonly from: (options: StreamEventSourceProps) => IEventSource
}

/** As many as one PutRecords takes. */
const BATCH = 500
const TIMEOUT = Duration.minutes(1)
/**
 * Attempts are bounded, or a record on which the function breaks would hold up all that share its shard. They outlast minutes in which
 * nothing can be published.
 */
const RETRIES = 100
/** Less than the day for which DynamoDB Streams keeps records: what is given up can be told, what has expired cannot. */
const MAX_AGE = Duration.hours(12)

/**
 * A function that carries records from one stream into another. What it cannot carry is given up in the end, and the shard goes on:
 * `givenUp` is told then which records those were, not what was in them. The log has them.
 */
export class Carrier extends Construct {
  readonly function: LambdaFunction
  readonly logGroup: LogGroup
  readonly givenUp: Queue

  constructor(scope: Construct, id: string, { entry, environment, from }: CarrierProps) {
    super(scope, id)
    this.givenUp = new Queue(this, 'GivenUp', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    })
    this.logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.ONE_MONTH })
    this.function = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: bundle(entry),
      memorySize: 512,
      timeout: TIMEOUT,
      environment: { ...environment },
      logGroup: this.logGroup,
    })
    this.function.addEventSource(
      from({
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: BATCH,
        // With more of them DynamoDB's items would keep their order, but not the streams that they make up.
        parallelizationFactor: 1,
        reportBatchItemFailures: true,
        bisectBatchOnError: true,
        retryAttempts: RETRIES,
        maxRecordAge: MAX_AGE,
        onFailure: new SqsDlq(this.givenUp),
      }),
    )
  }
}
