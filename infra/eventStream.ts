import { Duration, Stack } from 'aws-cdk-lib'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis'
import { Construct } from 'constructs'

/** A consumer that was away for longer has to look into the log. */
const RETENTION = Duration.days(7)

/** A stream of Kinesis that divides its shards by itself, as load comes. */
export class EventStream extends Construct {
  readonly stream: Stream
  readonly url: string

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.stream = new Stream(this, 'Stream', {
      streamMode: StreamMode.ON_DEMAND,
      encryption: StreamEncryption.MANAGED,
      retentionPeriod: RETENTION,
    })
    this.url = `kinesis://${Stack.of(this).region}/${this.stream.streamName}`
  }

  /** By asking for records again and again. */
  grantPoll(grantee: IGrantable): void {
    this.stream.grant(grantee, 'kinesis:ListShards', 'kinesis:GetShardIterator', 'kinesis:GetRecords')
  }

  /** By being told under this name: enhanced fan-out. Whoever is told registers itself, so also with a stream that was made anew. */
  grantSubscribe(grantee: IGrantable, consumerName: string): void {
    this.stream.grant(
      grantee,
      'kinesis:ListShards',
      'kinesis:DescribeStreamSummary',
      'kinesis:RegisterStreamConsumer',
    )
    Grant.addToPrincipal({
      grantee,
      actions: ['kinesis:DescribeStreamConsumer', 'kinesis:SubscribeToShard'],
      // A consumer's ARN ends with when it was registered.
      resourceArns: [`${this.stream.streamArn}/consumer/${consumerName}:*`],
    })
  }

  grantPublish(grantee: IGrantable): void {
    this.stream.grant(grantee, 'kinesis:PutRecords')
  }
}
