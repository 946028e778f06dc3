import { setTimeout as delay } from 'node:timers/promises'
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, onTestFinished } from 'vitest'
import { userStream } from '../../src/domain/streams.ts'
import { openDynamoLog } from '../../src/log/dynamodb/DynamoLog.ts'
import { MAX_ATTEMPTS } from '../../src/log/dynamodb/retry.ts'
import { CommitUnknown, type EventLog, LogUnavailable } from '../../src/log/EventLog.ts'
import {
  ann,
  append,
  appendOf,
  bob,
  claimOf,
  commitOf,
  record,
  scanAll,
  seqs,
  TENANT,
  times,
  upTo,
  username,
  usernames,
} from '../conformance/eventLog/commits.ts'
import { dynamoDbOrSkip, interceptedClient, type LocalDynamoDb, type Passing } from '../support/dynamodb.ts'

const dynamodb = await dynamoDbOrSkip()

type Fault = (passing: Passing) => Promise<Record<string, unknown>>

/** A log whose requests of one kind meet these faults, the first the first; later ones pass. */
interface Faulty {
  readonly log: EventLog
  /** The same log without faults. */
  readonly other: EventLog
  readonly retries: string[]
  meet(operation: string, ...faults: Fault[]): void
}

async function openFaulty(): Promise<Faulty> {
  const { endpoint, region } = dynamodb as LocalDynamoDb
  const table = await (dynamodb as LocalDynamoDb).newTable()
  const faults = new Map<string, Fault[]>()
  const retries: string[] = []
  const client = interceptedClient({ endpoint, region }, (passing) => {
    const fault = faults.get(passing.operation)?.shift()
    return fault === undefined ? passing.send() : fault(passing)
  })
  const log = await openDynamoLog({ table, client, onRetry: (reason) => retries.push(reason) })
  const other = await openDynamoLog({ table, endpoint, region })
  onTestFinished(async () => {
    await Promise.all([log.close(), other.close()])
  })
  return { log, other, retries, meet: (operation, ...next) => faults.set(operation, next) }
}

const WRITE = 'TransactWriteItems'

const reset = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
const named = (name: string) => Object.assign(new Error(name), { name, $metadata: { httpStatusCode: 400 } })
const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({
    message: 'cancelled',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  })

const neverArrives: Fault = () => Promise.reject(reset())
const answerIsLost: Fault = async ({ send }) => {
  await send()
  throw reset()
}
const isThrown =
  (error: Error): Fault =>
  () =>
    Promise.reject(error)
/** As if the ten minutes for which DynamoDB knows a token were over. */
const tokenIsForgotten: Fault = ({ input, send }) => {
  input.ClientRequestToken = crypto.randomUUID()
  return send()
}

describe.skipIf(dynamodb === null)('a commit whose answer is lost', () => {
  it('happens once', async () => {
    const { log, retries, meet } = await openFaulty()
    meet(WRITE, answerIsLost, answerIsLost)
    const commit = commitOf({ appends: [append(ann, 0, ...usernames(3))], idempotency: [record('k')] })
    expect(await log.commit(commit)).toMatchObject({ kind: 'committed', written: [[ann, 3]] })
    expect(seqs(await log.read(ann, 0, 10))).toEqual(upTo(3))
    expect(retries).toEqual(['unanswered', 'unanswered'])
  })

  it('happens although it did not arrive', async () => {
    const { log, meet } = await openFaulty()
    meet(WRITE, neverArrives, neverArrives)
    expect(await log.commit(appendOf(ann, 0, username('a')))).toMatchObject({ kind: 'committed' })
    expect(seqs(await log.read(ann, 0, 10))).toEqual([1])
  })

  it.each([
    ['events', () => appendOf(ann, 0, username('a'))],
    ['an idempotency record alone', () => commitOf({ idempotency: [record('k')] })],
  ])('is known by its mark where its repetition loses to it: %s', async (_, commit) => {
    const { log, meet } = await openFaulty()
    meet(WRITE, answerIsLost, tokenIsForgotten)
    expect(await log.commit(commit())).toMatchObject({ kind: 'committed' })
    expect((await scanAll(log)).length).toBe(commit().appends.length)
  })

  it('is known by its mark although the stream has moved on', async () => {
    const { log, other, meet } = await openFaulty()
    meet(WRITE, answerIsLost, async (passing) => {
      expect(await other.commit(appendOf(ann, 1, username('b')))).toMatchObject({ kind: 'committed' })
      return tokenIsForgotten(passing)
    })
    expect(await log.commit(appendOf(ann, 0, username('a')))).toMatchObject({ kind: 'committed' })
    expect(seqs(await log.read(ann, 0, 10))).toEqual([1, 2])
  })

  it('has lost where another came between', async () => {
    const { log, other, meet } = await openFaulty()
    meet(WRITE, async () => {
      await other.commit(appendOf(ann, 0, username('b')))
      throw reset()
    })
    expect(await log.commit(appendOf(ann, 0, username('a')))).toEqual({ kind: 'conflict' })
    expect((await log.read(ann, 0, 10)).map(({ event }) => event)).toEqual([username('b')])
  })

  it('is found out where no attempt was answered', async () => {
    const { log, retries, meet } = await openFaulty()
    meet(WRITE, answerIsLost, ...times(MAX_ATTEMPTS, () => neverArrives))
    expect(await log.commit(appendOf(ann, 0, username('a')))).toMatchObject({ kind: 'committed' })
    expect(retries).toHaveLength(MAX_ATTEMPTS - 1)
  })

  it('is said to be unknown where nothing is to be found', async () => {
    const { log, meet } = await openFaulty()
    meet(WRITE, ...times(MAX_ATTEMPTS, () => neverArrives))
    const failure = await log.commit(appendOf(ann, 0, username('a'))).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(CommitUnknown)
    expect((failure as Error).message).toMatch(/may or may not have been written/)
  })

  it('is said to be unknown where what became of it cannot be read either', async () => {
    const { log, other, meet } = await openFaulty()
    meet(WRITE, answerIsLost, ...times(MAX_ATTEMPTS, () => neverArrives))
    meet('GetItem', isThrown(named('AccessDeniedException')))
    const failure = await log.commit(appendOf(ann, 0, username('a'))).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(CommitUnknown)
    expect((failure as Error).message).toMatch(/may or may not .*: read ECONNRESET; nor .*AccessDenied/)
    expect((failure as Error).cause).toMatchObject({ code: 'ECONNRESET' })
    expect(await other.seqs([ann])).toEqual([1])
  })
})

describe.skipIf(dynamodb === null)('a commit that is refused after an answer was lost', () => {
  it('is found out all the same, or said to be unknown', async () => {
    const { log, meet } = await openFaulty()
    meet(WRITE, answerIsLost, isThrown(named('AccessDeniedException')))
    expect(await log.commit(appendOf(ann, 0, username('a')))).toMatchObject({ kind: 'committed' })
    meet(WRITE, neverArrives, isThrown(named('AccessDeniedException')))
    await expect(log.commit(appendOf(ann, 1, username('b')))).rejects.toThrow(/may or may not.*AccessDenied/)
  })
})

describe.skipIf(dynamodb === null)('commits that were sent together and are asked one by one', () => {
  it('are told each what became of it, where one fails', async () => {
    const { log, meet } = await openFaulty()
    meet(
      WRITE,
      isThrown(cancelled('ConditionalCheckFailed')),
      ({ send }) => send(),
      isThrown(named('AccessDeniedException')),
    )
    const following = times(4, (n) => log.commit(appendOf(ann, n, username(`${n}`))))
    const [first, ...others] = await Promise.allSettled(following)
    expect(first).toMatchObject({ value: { kind: 'committed', written: [[ann, 1]] } })
    const reasons = others.map((each) => (each.status === 'rejected' ? each.reason : null))
    expect(reasons.map(String)).toEqual([
      expect.stringContaining('AccessDenied'),
      ...times(2, () => expect.stringContaining('was not written: one before it failed')),
    ])
    expect(reasons.some((reason) => reason instanceof CommitUnknown)).toBe(false)
    expect(seqs(await log.read(ann, 0, 10))).toEqual([1])
  })

  it('are told that they have lost where they were decided on the one that fails', async () => {
    const { log, meet } = await openFaulty()
    meet(WRITE, isThrown(cancelled('ConditionalCheckFailed')), isThrown(named('AccessDeniedException')))
    const first = appendOf(ann, 0, username('first'))
    const second = { ...appendOf(ann, 1, username('second')), after: [first] }
    const third = { ...appendOf(ann, 2, username('third')), after: [second] }
    const [failed, ...others] = await Promise.allSettled(
      [first, second, third].map((each) => log.commit(each)),
    )
    expect(failed).toMatchObject({ reason: expect.any(LogUnavailable) })
    expect(others).toMatchObject(times(2, () => ({ value: { kind: 'conflict' } })))
    expect(await log.seqs([ann])).toEqual([0])
  })
})

describe.skipIf(dynamodb === null)('a commit that waits for one that it was decided on', () => {
  it('has lost where nobody knows what became of that, and is not sent', async () => {
    const { log, meet } = await openFaulty()
    const first = appendOf(ann, 0, username('first'))
    const second = { ...appendOf(bob, 0, username('second')), after: [first] }
    const isSent = Promise.withResolvers<void>()
    const losesAnswer: Fault = async (passing) => {
      isSent.resolve()
      return answerIsLost(passing)
    }
    meet(WRITE, losesAnswer, isThrown(named('AccessDeniedException')))
    meet('GetItem', isThrown(named('AccessDeniedException')))
    const failed = log.commit(first).catch((error: unknown) => error)
    await isSent.promise
    expect(await log.commit(second)).toEqual({ kind: 'conflict' })
    expect(await failed).toBeInstanceOf(CommitUnknown)
    expect(await log.seqs([ann, bob])).toEqual([1, 0])
  })
})

describe.skipIf(dynamodb === null)('a commit that DynamoDB does not take at once', () => {
  it.each([
    ['conflict', cancelled('TransactionConflict', 'None')],
    ['conflict', named('TransactionInProgressException')],
    ['throttled', cancelled('None', 'ThrottlingError')],
    ['throttled', cancelled('ProvisionedThroughputExceeded', 'None')],
    ['throttled', named('ProvisionedThroughputExceededException')],
    ['throttled', named('ThrottlingException')],
    ['throttled', named('RequestLimitExceeded')],
  ])('is sent again, and counted: %s', async (reason, error) => {
    const { log, retries, meet } = await openFaulty()
    meet(WRITE, isThrown(error), isThrown(error))
    expect(await log.commit(appendOf(ann, 0, username('a')))).toMatchObject({ kind: 'committed' })
    expect(retries).toEqual([reason, reason])
  })

  it('is given up after a time, and has not happened', async () => {
    const { log, meet } = await openFaulty()
    meet(WRITE, ...times(MAX_ATTEMPTS, () => isThrown(cancelled('TransactionConflict', 'None'))))
    await expect(log.commit(appendOf(ann, 0, username('a')))).rejects.toThrow(
      /was not written.*TransactionConflict/,
    )
    expect(await log.seqs([ann])).toEqual([0])
  })

  it('is not said to want a name that is taken before it is known that it lost no race', async () => {
    const { log, other, meet } = await openFaulty()
    await other.commit(commitOf({ appends: [append(ann, 0, username('a'))], claims: [claimOf('1', 'a')] }))
    // Its event, its head, its claim.
    meet(WRITE, isThrown(cancelled('None', 'TransactionConflict', 'ConditionalCheckFailed')))
    const late = commitOf({ appends: [append(ann, 0, username('a'))], claims: [claimOf('2', 'a')] })
    expect(await log.commit(late)).toEqual({ kind: 'conflict' })
  })

  it('ends in an error that says why, where another attempt would not help', async () => {
    const { log, retries, meet } = await openFaulty()
    meet(WRITE, isThrown(named('AccessDeniedException')))
    const failure = await log.commit(appendOf(ann, 0, username('a'))).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(LogUnavailable)
    expect((failure as Error).message).toMatch('AccessDeniedException')
    expect(retries).toEqual([])
  })
})

describe.skipIf(dynamodb === null)('a log in a table that this process may only read', () => {
  it('is not begun, and said to be what could not be written', async () => {
    const { endpoint, region, newTable } = dynamodb as LocalDynamoDb
    const client = interceptedClient({ endpoint, region }, ({ operation, send }) =>
      operation === 'PutItem' ? Promise.reject(named('AccessDeniedException')) : send(),
    )
    onTestFinished(() => client.destroy())
    const opened = openDynamoLog({ table: await newTable(), client })
    await expect(opened).rejects.toThrow('The log could not be written: AccessDeniedException')
  })
})

describe.skipIf(dynamodb === null)('reads', () => {
  it.each(['GetItem', 'Query', 'BatchGetItem', 'Scan'])('are asked again: %s', async (operation) => {
    const { log, retries, meet } = await openFaulty()
    await log.commit(appendOf(ann, 0, username('a')))
    meet(operation, isThrown(named('ThrottlingException')), neverArrives)
    expect((await log.head(ann)).seq).toBe(1)
    expect(await log.seqs([ann])).toEqual([1])
    expect(await scanAll(log)).toHaveLength(1)
    expect(retries).toEqual(['throttled', 'unanswered'])
  })

  it('say that the log cannot be had, after a time', async () => {
    const { log, meet } = await openFaulty()
    meet('GetItem', ...times(MAX_ATTEMPTS, () => neverArrives))
    await expect(log.claimOwner(TENANT, 'username', 'a')).rejects.toBeInstanceOf(LogUnavailable)
  })

  it('ask for what a batch left undone, and for nothing else', async () => {
    const { log, retries, meet } = await openFaulty()
    const streams = times(90, (n) => userStream(TENANT, `u${n}`))
    await Promise.all(streams.map((stream, n) => log.commit(appendOf(stream, 0, ...usernames(1 + (n % 3))))))
    const asked: number[] = []
    const halfOfIt: Fault = async ({ input, send }) => {
      const [[table, { Keys }]] = Object.entries(
        input.RequestItems as Record<string, { Keys: unknown[] }>,
      ) as [[string, { Keys: unknown[] }]]
      asked.push(Keys.length)
      const undone = Keys.splice(Math.ceil(Keys.length / 2))
      const answer = await send()
      return { ...answer, UnprocessedKeys: undone.length === 0 ? {} : { [table]: { Keys: undone } } }
    }
    // A busy machine may have had to send one of ninety commits again.
    retries.length = 0
    meet('BatchGetItem', ...times(20, () => halfOfIt))
    expect(await log.seqs(streams)).toEqual(times(90, (n) => 1 + (n % 3)))
    expect(asked).toEqual([90, 45, 22, 11, 5, 2, 1])
    expect(new Set(retries)).toEqual(new Set(['partial']))
  })

  it('end before a hole: a transaction’s items appear one by one', async () => {
    const { log, meet } = await openFaulty()
    await log.commit(appendOf(ann, 0, ...usernames(5)))
    const without3: Fault = async ({ send }) => {
      const { Items, ...answer } = (await send()) as { Items: { sk: { N: string } }[] }
      return { ...answer, Items: Items.filter(({ sk }) => sk.N !== '3') }
    }
    meet('Query', without3)
    expect(seqs(await log.read(ann, 0, 10))).toEqual([1, 2])
    meet('Query', without3)
    expect(seqs(await log.read(ann, 3, 10))).toEqual([4, 5])
    meet('Query', ({ send }) => send().then((answer) => ({ ...answer, Items: [] })))
    expect(await log.head(ann)).toMatchObject({ seq: 5, latest: [{ seq: 5 }] })
  })
})

describe.skipIf(dynamodb === null)('with faults at random', () => {
  it('what was acknowledged is there once, and what was refused is not', async () => {
    const { log, other, meet } = await openFaulty()
    const passes: Fault = ({ send }) => send()
    const conflicts = isThrown(cancelled('TransactionConflict'))
    const faults = [neverArrives, answerIsLost, conflicts, passes, passes, passes]
    const random = () => faults[Math.floor(Math.random() * faults.length)] as Fault
    meet(WRITE, ...times(1_000, random))
    meet('GetItem', ...times(1_000, () => (Math.random() < 0.1 ? neverArrives : passes)))
    const acknowledged: string[] = []
    const write = async (writer: number) => {
      const through = writer % 4 === 0 ? other : log
      const stream = userStream(TENANT, `u${writer % 3}`)
      for (const n of upTo(4)) {
        for (;;) {
          const [seq = 0] = await through.seqs([stream])
          const name = `${writer}/${n}`
          const outcome = await through.commit(appendOf(stream, seq, username(name)))
          if (outcome.kind === 'committed') {
            acknowledged.push(name)
            break
          }
          await delay(Math.random() * 20)
        }
      }
    }
    await Promise.all(times(8, write))
    const names = (await scanAll(other)).map(({ event }) =>
      event.type === 'SetUsername' ? event.username : '',
    )
    expect(names.toSorted()).toEqual(acknowledged.toSorted())
    expect(names).toHaveLength(32)
  })
})
