import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Contender } from '../../src/commands/Contender.ts'
import { commandInterpreter } from '../../src/commands/handler.ts'
import { retryLostRaces } from '../../src/commands/retry.ts'
import { ok } from '../../src/domain/result.ts'
import { openDynamoLog } from '../../src/log/dynamodb/DynamoLog.ts'
import type { EventLog } from '../../src/log/EventLog.ts'
import { type CommandOp, commit, readSeqs } from '../../src/ops/command.ts'
import { fail, LOST_RACE, type Program, perform, run } from '../../src/ops/program.ts'
import { ann, META, seqs, TENANT, times, upTo, username } from '../conformance/eventLog/commits.ts'
import { interceptedClient, type LocalDynamoDb, type Passing, startDynamoDb } from '../support/dynamodb.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const dynamodb = await startDynamoDb()
afterAll(() => dynamodb?.stop())

const WRITERS = 64
const READ = 'BatchGetItem'
const WRITE = 'TransactWriteItems'

/** Commands of one process on a log in DynamoDB, with all that they ask of it. */
class Process {
  readonly #log: EventLog
  readonly #requests: string[]
  lost = 0
  /** Before a request is sent. */
  onRequest: (passing: Passing) => Promise<void> | undefined = () => undefined

  static async open(): Promise<Process> {
    const { endpoint, region, newTable } = dynamodb as LocalDynamoDb
    const requests: string[] = []
    const client = interceptedClient({ endpoint, region }, async (passing) => {
      requests.push(passing.operation)
      await opened?.onRequest(passing)
      return passing.send()
    })
    let opened: Process | undefined
    const log = await openDynamoLog({ table: await newTable(), client })
    onTestFinished(() => log.close())
    opened = new Process(log, requests)
    return opened
  }

  private constructor(log: EventLog, requests: string[]) {
    this.#log = log
    this.#requests = requests
  }

  count(operation: string): number {
    return this.#requests.filter((each) => each === operation).length
  }

  command(program: () => Program<null>) {
    const contender = new Contender(this.#log)
    const actor = META.actor
    const request = { tenant: TENANT, actor, cause: null, idempotencyKey: null, ip: null, at: null }
    const interpret = commandInterpreter(this.#log, request, {
      committed: contender.won,
      conflict: (streams) => {
        this.lost += 1
        contender.lost(streams)
      },
    })
    const attempt = async () => run(program(), (op) => interpret(op as CommandOp))
    return retryLostRaces(attempt, { again: contender.again, onRetry() {} })
  }

  async written(): Promise<readonly number[]> {
    return seqs(await this.#log.read(ann, 0, 1_000))
  }
}

function* rename(to: string): Program<null> {
  const [expected = 0] = yield* perform(readSeqs([ann]))
  const appends = [{ stream: ann, expected, events: [username(to)] }]
  const outcome = yield* perform(commit({ appends, result: null }))
  return outcome.kind === 'committed' ? null : yield* fail(LOST_RACE)
}

/** As one that finds everything as it wants it. */
function* look(): Program<null> {
  yield* perform(readSeqs([ann]))
  return null
}

describe.skipIf(dynamodb === null)('commands of one process on one stream', () => {
  test('each lose a race or two, and only those that win cost a transaction', async () => {
    const process = await Process.open()
    const outcomes = await Promise.all(times(WRITERS, (n) => process.command(() => rename(`${n}`))))
    expect(outcomes).toEqual(times(WRITERS, () => ok(null)))
    expect(await process.written()).toEqual(upTo(WRITERS))
    expect(process.count(WRITE)).toBe(WRITERS)
    // By chance alone it would be some two thousand.
    expect(process.lost).toBeLessThan(2 * WRITERS)
    expect(process.count(READ)).toBeLessThan(2 * WRITERS)
  })

  test('that write nothing wait for nobody, although others fight for it', async () => {
    const process = await Process.open()
    await Promise.all(times(WRITERS, (n) => process.command(() => rename(`${n}`))))
    const isWriting = Promise.withResolvers<void>()
    const mayWrite = Promise.withResolvers<void>()
    process.onRequest = ({ operation }) => {
      if (operation !== WRITE) return
      isWriting.resolve()
      return mayWrite.promise
    }
    const writers = times(4, (n) => process.command(() => rename(`late ${n}`)))
    await isWriting.promise
    const before = process.count(READ)
    await Promise.all(times(WRITERS, () => process.command(look)))
    // Some of them ask together: none has waited until the one before it was done.
    expect(process.count(READ) - before).toBeLessThan(8)
    expect(await process.written()).toEqual(upTo(WRITERS))
    mayWrite.resolve()
    await Promise.all(writers)
    expect(await process.written()).toEqual(upTo(WRITERS + 4))
  })
})
