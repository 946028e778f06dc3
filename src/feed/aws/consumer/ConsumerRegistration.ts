import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ConsumerDescription,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  RegisterStreamConsumerCommand,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis'
import type { KinesisReader } from './shards.ts'

export interface RegistrationOptions {
  readonly client: KinesisReader
  readonly streamName: string
  readonly consumerName: string
}

const AGAIN_MS = 500

/** The name under which a stream's records are pushed to us. It stays registered, and paid for, when nobody uses it any more. */
export class ConsumerRegistration {
  readonly #options: RegistrationOptions
  #arn: Promise<string> | null = null

  constructor(options: RegistrationOptions) {
    this.#options = options
  }

  /** Resolves once it can be used. It is registered if it is not. */
  async arn(stopping: AbortSignal): Promise<string> {
    this.#arn ??= this.#active(stopping)
    try {
      return await this.#arn
    } catch (error) {
      this.forget()
      throw error
    }
  }

  /** It goes with its stream: one that replaces another knows it under another ARN, if at all. */
  forget(): void {
    this.#arn = null
  }

  async #active(stopping: AbortSignal): Promise<string> {
    const { client, streamName: StreamName, consumerName: ConsumerName } = this.#options
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }))
    const name = { StreamARN: StreamDescriptionSummary?.StreamARN, ConsumerName }
    for (;;) {
      const found = await describe(client, name)
      if (found?.ConsumerStatus === 'ACTIVE' && found.ConsumerARN !== undefined) return found.ConsumerARN
      if (found === null) await register(client, name)
      await sleep(AGAIN_MS, undefined, { signal: stopping })
    }
  }
}

interface Name {
  readonly StreamARN: string | undefined
  readonly ConsumerName: string
}

async function describe(client: KinesisReader, name: Name): Promise<ConsumerDescription | null> {
  try {
    const { ConsumerDescription } = await client.send(new DescribeStreamConsumerCommand(name))
    return ConsumerDescription ?? null
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return null
    throw error
  }
}

/** Another may have done it just now. */
async function register(client: KinesisReader, name: Name): Promise<void> {
  try {
    await client.send(new RegisterStreamConsumerCommand(name))
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error
  }
}
