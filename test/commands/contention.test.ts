import { describe, expect, onTestFinished, test } from 'vitest'
import { CommandRun } from '../../src/commands/CommandRun.ts'
import { commandInterpreter } from '../../src/commands/handler.ts'
import { type Retries, retryLostRaces } from '../../src/commands/retry.ts'
import { ok } from '../../src/domain/result.ts'
import { openDynamoLog } from '../../src/log/dynamodb/DynamoLog.ts'
import type { CommandLog, EventLog } from '../../src/log/EventLog.ts'
import { withCommit } from '../../src/log/withCommit.ts'
import { type CommandOp, commit, readSeqs } from '../../src/ops/command.ts'
import { fail, LOST_RACE, type Program, perform, run } from '../../src/ops/program.ts'
import { ann, META, seqs, TENANT, times, upTo, username } from '../conformance/eventLog/commits.ts'
import { dynamoDbOrSkip, interceptedClient, type LocalDynamoDb, type Passing } from '../support/dynamodb.ts'

const dynamodb = await dynamoDbOrSkip()

const WRITERS = 64
const READ = 'BatchGetItem'
const WRITE = 'TransactWriteItems'

/** Commands of one process on a log in DynamoDB, with all that they ask of it. */
class Process {
  readonly #log: CommandLog
  readonly #requests: string[]
  attempts = 0
  beaten = 0
  /** Before a request is sent. */
  onRequest: (passing: Passing) => Promise<void> | undefined = () => undefined
  /** After so many commits were submitted since it was set. */
  onSubmitted: (commits: number) => void = () => undefined

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
    let submitted = 0
    this.#log = withCommit(log, (commit) => {
      const outcome = log.commit(commit)
      this.onSubmitted(++submitted)
      return outcome
    })
    this.#requests = requests
  }

  count(operation: string): number {
    return this.#requests.filter((each) => each === operation).length
  }

  command<A>(program: () => Program<A>) {
    const log = new CommandRun(this.#log)
    const actor = META.actor
    const request = { tenant: TENANT, actor, cause: null, idempotencyKey: null, ip: null, at: null }
    const interpret = commandInterpreter(log, request, { committed() {}, conflict() {} })
    const attempt = async () => {
      this.attempts += 1
      return run(program(), (op) => interpret(op as CommandOp))
    }
    const judge: Retries['judge'] = async (result) => {
      const verdict = await log.judge(result)
      if (verdict === 'beaten') this.beaten += 1
      return verdict
    }
    return retryLostRaces(attempt, { judge, onRetry() {} })
  }

  /** Keeps the next transaction from being sent until so many commits are submitted. */
  holdUntilSubmitted(commits: number): void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.onSubmitted = (submitted) => {
      if (submitted === commits) resolve()
    }
    this.onRequest = ({ operation }) => (operation === WRITE ? promise : undefined)
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
function* look(): Program<number> {
  const [seq = 0] = yield* perform(readSeqs([ann]))
  yield* perform(commit({ appends: [], result: null }))
  return seq
}

describe.skipIf(dynamodb === null)('commands of one process on one stream', () => {
  test('that come while a transaction is under way go together in the next one', async () => {
    const process = await Process.open()
    process.holdUntilSubmitted(WRITERS)
    const outcomes = await Promise.all(times(WRITERS, (n) => process.command(() => rename(`${n}`))))
    expect(outcomes).toEqual(times(WRITERS, () => ok(null)))
    expect(await process.written()).toEqual(upTo(WRITERS))
    expect(process.count(WRITE)).toBe(2)
    expect(process.attempts).toBeLessThanOrEqual(2 * WRITERS)
  })

  test('that are more than may follow one another come to rest, and all go through', async () => {
    const process = await Process.open()
    const outcomes = await Promise.all(times(5 * WRITERS, (n) => process.command(() => rename(`${n}`))))
    expect(outcomes).toEqual(times(5 * WRITERS, () => ok(null)))
    expect(await process.written()).toEqual(upTo(5 * WRITERS))
    expect(process.count(WRITE)).toBeLessThan(WRITERS)
    expect(process.beaten).toBe(0)
  })

  test('that write nothing answer what has come to be, and nothing else', async () => {
    const process = await Process.open()
    const isWriting = Promise.withResolvers<void>()
    const mayWrite = Promise.withResolvers<void>()
    process.onRequest = ({ operation }) => {
      if (operation !== WRITE) return
      isWriting.resolve()
      return mayWrite.promise
    }
    const writer = process.command(() => rename('held'))
    await isWriting.promise
    let answered = 0
    const looks = times(WRITERS, async () => {
      const seen = await process.command(look)
      answered += 1
      return seen
    })
    const before = process.count(READ)
    // Other requests come and go meanwhile.
    await process.written()
    expect([answered, process.count(READ)]).toEqual([0, before])
    mayWrite.resolve()
    expect(await writer).toEqual(ok(null))
    expect(await Promise.all(looks)).toEqual(times(WRITERS, () => ok(1)))
  })
})
