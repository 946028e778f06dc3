import type { Meet } from './AwsProxy.ts'
import { GIVING } from './kinesisHazards.ts'

interface Given {
  readonly SequenceNumber: string
  /** The stream of the log that it tells of. */
  readonly PartitionKey: string
}

/** Records of a stream that nobody is given: those that are lost stay so for every reader. */
export class Dropped {
  readonly #given = new Set<string>()
  readonly #dropped = new Set<string>()
  #left = 0
  #isMeant: (stream: string) => boolean = () => true

  /** The next so many records that nobody was given yet, of these streams. */
  drop(count: number, isMeant: (stream: string) => boolean = () => true): void {
    this.#left = count
    this.#isMeant = isMeant
  }

  get count(): number {
    return this.#dropped.size
  }

  /** What else requests meet is for `meet` to say. */
  around(meet: Meet): Meet {
    return async (call) => {
      const reply = await meet(call)
      if (!GIVING.includes(call.operation) || reply?.status !== 200) return reply
      const records = (reply.body.Records ?? []) as readonly Given[]
      return { ...reply, body: { ...reply.body, Records: records.filter((record) => !this.#isLost(record)) } }
    }
  }

  #isLost({ SequenceNumber, PartitionKey }: Given): boolean {
    if (this.#dropped.has(SequenceNumber)) return true
    if (this.#left > 0 && !this.#given.has(SequenceNumber) && this.#isMeant(PartitionKey)) {
      this.#left -= 1
      this.#dropped.add(SequenceNumber)
      return true
    }
    this.#given.add(SequenceNumber)
    return false
  }
}
