import { join } from 'node:path'
import { FilterCriteria, FilterRule } from 'aws-cdk-lib/aws-lambda'
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import type { Construct } from 'constructs'
import { Carrier } from './carrier.ts'
import { PLATFORM_STREAM_VARIABLE } from './engines.ts'
import type { EventStream } from './eventStream.ts'
import type { Log } from './log.ts'

const ENTRY = join(import.meta.dirname, '../src/feed/aws/relay/lambda.ts')

/** Only events have a `type`, and they are never changed: heads, claims and records of requests cost no invocation. */
const EVENTS = FilterCriteria.filter({
  eventName: FilterRule.isEqual('INSERT'),
  dynamodb: { NewImage: { type: { S: FilterRule.exists() } } },
})

export interface RelayProps {
  readonly log: Log
  readonly platformEvents: EventStream
}

/** Carries events from the log into the stream of platform events. */
export class Relay extends Carrier {
  constructor(scope: Construct, id: string, { log, platformEvents }: RelayProps) {
    super(scope, id, {
      entry: ENTRY,
      environment: { [PLATFORM_STREAM_VARIABLE]: platformEvents.stream.streamName },
      from: (options) => new DynamoEventSource(log.table, { ...options, filters: [EVENTS] }),
    })
    log.grantEpoch(this.function)
    platformEvents.grantPublish(this.function)
  }
}
