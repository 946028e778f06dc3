import { setTimeout as delay } from 'node:timers/promises'
import { AwsProxy } from '../../../support/aws/AwsProxy.ts'
import { asKinesis } from '../../../support/aws/asKinesis.ts'
import { Dropped } from '../../../support/aws/Dropped.ts'
import { DYNAMODB_HAZARDS } from '../../../support/aws/dynamodbHazards.ts'
import { Hazards } from '../../../support/aws/Hazards.ts'
import { KINESIS_HAZARDS } from '../../../support/aws/kinesisHazards.ts'
import type { LocalDynamoDb } from '../../../support/dynamodb.ts'
import type { LocalKinesis } from '../../../support/kinesis.ts'
import type { ClusterFault, Drawn } from '../ClusterFault.ts'

/** Of requests that could meet a hazard, so many do. */
const ODDS = 0.5
const MAX_TIMES = 30
const MAX_DROPPED = 8
const PATIENCE_MS = 15_000
const LOOK_MS = 20

export interface WiredEngines {
  readonly dynamodb: LocalDynamoDb
  readonly kinesis: LocalKinesis
}

/** The way from the processes to DynamoDB and Kinesis, and what can happen on it. */
export class Wire {
  readonly dynamodb: AwsProxy
  readonly kinesis: AwsProxy
  readonly faults: readonly ClusterFault[]
  readonly #hazards: readonly Hazards<string>[]
  readonly #dropped: Dropped

  private constructor(
    [dynamodb, kinesis]: readonly [AwsProxy, AwsProxy],
    [ofDynamodb, ofKinesis]: readonly [Hazards<string>, Hazards<string>],
    dropped: Dropped,
  ) {
    this.dynamodb = dynamodb
    this.kinesis = kinesis
    this.#hazards = [ofDynamodb, ofKinesis]
    this.#dropped = dropped
    this.faults = [
      ...Object.keys(DYNAMODB_HAZARDS).map((name) => laid('dynamodb', ofDynamodb, name)),
      ...Object.keys(KINESIS_HAZARDS).map((name) => laid('kinesis', ofKinesis, name)),
      {
        name: 'kinesis: recordsDropped',
        weight: 2,
        inflict: ({ whom }) => {
          const before = dropped.count
          dropped.drop(1 + (whom % MAX_DROPPED))
          return until(() => dropped.count > before)
        },
        count: () => dropped.count,
      },
    ]
  }

  static async open({ dynamodb: tables, kinesis: streams }: WiredEngines): Promise<Wire> {
    const ofDynamodb = new Hazards<string>(DYNAMODB_HAZARDS, ODDS)
    const ofKinesis = new Hazards<string>(KINESIS_HAZARDS, ODDS)
    const dropped = new Dropped()
    const dynamodb = await AwsProxy.open(tables.endpoint, ofDynamodb.meet)
    const kinesis = await AwsProxy.open(
      streams.endpoint,
      asKinesis(streams.client, dropped.around(ofKinesis.meet)),
    )
    return new Wire([dynamodb, kinesis], [ofDynamodb, ofKinesis], dropped)
  }

  /** What was dropped stays so. */
  async calm(): Promise<void> {
    this.#dropped.drop(0)
    await Promise.all(this.#hazards.map((hazards) => hazards.clear()))
  }

  async close(): Promise<void> {
    await Promise.all([this.dynamodb.close(), this.kinesis.close()])
  }
}

/** It is over once it has struck; it goes on until it has done so often enough, or all is to be calm. */
const laid = (service: string, hazards: Hazards<string>, name: string): ClusterFault => ({
  name: `${service}: ${name}`,
  weight: 1,
  async inflict({ whom }: Drawn) {
    const before = hazards.struck(name)
    hazards.lay(name, 1 + (whom % MAX_TIMES))
    await until(() => hazards.struck(name) > before)
  },
  count: () => hazards.struck(name),
})

/** Or for as long as anybody would wait for it: then nothing came that could meet it. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!holds() && performance.now() < deadline) await delay(LOOK_MS)
}
