import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { copyLog } from '../../src/cli/run/copyLog.ts'
import { logFile } from '../../src/cli/run/logFile.ts'
import { logPlace } from '../../src/cli/run/logPlace.ts'
import type { RecordedEvent } from '../../src/domain/events.ts'
import { type StreamName, userStream } from '../../src/domain/streams.ts'
import { attributes } from '../../src/log/dynamodb/database.ts'
import { eventKey } from '../../src/log/dynamodb/layout.ts'
import { LogUnavailable } from '../../src/log/EventLog.ts'
import { encodeCommit } from '../../src/log/encodeCommit.ts'
import type { LogCopy, PlacedEvent, StoredLogReader } from '../../src/log/StoredLog.ts'
import { BatchWriter } from '../../src/log/sqlite/BatchWriter.ts'
import { openSqliteCopy } from '../../src/log/sqlite/copy/SqliteCopy.ts'
import { openForWriting } from '../../src/log/sqlite/database.ts'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { openSqliteLogReader } from '../../src/log/sqlite/SqliteLogReader.ts'
import { copyMissing } from '../../src/transfer/copy/copyMissing.ts'
import { recordTerminal } from '../cli/support.ts'
import {
  ann,
  append,
  bob,
  claimOf,
  commitOf,
  META,
  record,
  usernames,
} from '../conformance/eventLog/commits.ts'
import { dynamoDbOrSkip, placeOf } from '../support/dynamodb.ts'
import { commits, write } from '../support/randomLog.ts'
import { contentsOf, openAt } from '../support/storedLog.ts'

/** Each request to DynamoDB is one over HTTP to a JVM. */
vi.setConfig({ testTimeout: 300_000 })

const dynamodb = await dynamoDbOrSkip()

type NewPlace = () => Promise<string>

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-stored-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function newTable(): Promise<string> {
  if (dynamodb === null) throw new Error('DynamoDB Local is not there')
  return placeOf(dynamodb, await dynamodb.newTable())
}

const copy = (from: string, to: string, finish: boolean) => copyLog({ from, to, finish }, recordTerminal())

/** One that is not finished. It is closed with the test. */
async function openCopy(source: StoredLogReader, place: string): Promise<LogCopy> {
  const opened = await logPlace('--to', place).copy(source)
  if (opened === 'finished') throw new Error('it is finished')
  onTestFinished(() => opened.close())
  return opened
}

async function writeAt(
  place: string,
  ...args: Parameters<typeof write> extends [unknown, ...infer R] ? R : never
) {
  const log = await openAt(place)
  await write(log, ...args).finally(() => log.close())
}

async function scanned(folder: string): Promise<readonly RecordedEvent[]> {
  const log = await openSqliteLogReader({ file: logFile(folder) })
  return log.scan(0, 1_000_000).finally(() => log.close())
}

function describeCopies(title: string, newSource: NewPlace, newTarget: NewPlace, runs: number): void {
  describe(title, () => {
    it('have all that the source has, whatever was written between passes, and go on as logs of their own', async () => {
      const property = fc.asyncProperty(commits(-3), commits(-3), async (first, then) => {
        const [from, to] = [await newSource(), await newTarget()]
        await writeAt(from, first, 'a')
        expect(await copy(from, to, false)).toBe(EXIT.ok)
        await writeAt(from, then, 'b')
        expect(await copy(from, to, true)).toBe(EXIT.ok)
        const contents = await contentsOf(from)
        expect(await contentsOf(to)).toEqual(contents)
        await writeAt(to, then, 'c')
        expect(await contentsOf(from)).toEqual(contents)
      })
      await fc.assert(property, { numRuns: runs })
    })

    it('cannot be opened by anybody until they are finished', async () => {
      const [from, to] = [await newSource(), await newTarget()]
      await writeAt(from, await sample(), 'a')
      await copy(from, to, false)
      await expect(openAt(to)).rejects.toThrow(LogUnavailable)
      await expect(openAt(to)).rejects.toThrow(/copy of a log that is not finished: rollcall copy --finish/)
      await expect(contentsOf(to)).rejects.toThrow(/not finished/)
      await copy(from, to, true)
      await (await openAt(to)).close()
    })

    it('have an epoch of their own and the secret of the source', async () => {
      const [from, to] = [await newSource(), await newTarget()]
      await writeAt(from, await sample(), 'a')
      await copy(from, to, true)
      const [source, target] = await Promise.all([from, to].map((place) => logPlace('', place).read()))
      expect(target?.secret).toBe(source?.secret)
      expect(target?.epoch).not.toBe(source?.epoch)
      await Promise.all([source?.close(), target?.close()])
    })

    it('are of one log, which is never their like: to anything else nothing is copied', async () => {
      const [from, to, living] = [await newSource(), await newTarget(), await newTarget()]
      await writeAt(from, await sample(), 'a')
      await writeAt(living, await sample(), 'b')
      const before = await contentsOf(living)
      await expect(copy(from, living, false)).rejects.toThrow(/holds a log, and nothing is ever overwritten/)
      await copy(from, to, false)
      await expect(copy(living, to, false)).rejects.toThrow(/holds a copy of another log/)
      expect(await contentsOf(living)).toEqual(before)
    })

    it('that are finished are left alone', async () => {
      const [from, to] = [await newSource(), await newTarget()]
      await writeAt(from, await sample(), 'a')
      await copy(from, to, true)
      await writeAt(from, await sample(), 'b')
      const before = await contentsOf(to)
      await expect(copy(from, to, false)).rejects.toThrow(/goes its own way/)
      expect(await copy(from, to, true)).toBe(EXIT.ok)
      expect(await contentsOf(to)).toEqual(before)
    })

    it('are not written by a process that slept while another one finished them', async () => {
      const [from, to] = [await newSource(), await newTarget()]
      await writeAt(from, await sample(), 'a')
      const source = await logPlace('', from).read()
      onTestFinished(() => source.close())
      const asleep = await openCopy(source, to)
      await copy(from, to, true)
      const before = await contentsOf(to)
      const seq = before.streams[ann]?.events.length ?? 0
      const late = placed(ann, seq + 1, 'late')
      await expect(asleep.append([[late]])).rejects.toThrow(/finished by another process/)
      await expect(asleep.setClaims([claimOf('eve', 'ann')], [])).rejects.toThrow(
        /finished by another process/,
      )
      await expect(asleep.finish()).rejects.toThrow(/finished by another process/)
      expect(await contentsOf(to)).toEqual(before)
    })

    it('have everything once, if two processes copy at the same time', async () => {
      const [from, to] = [await newSource(), await newTarget()]
      await writeAt(from, await sample(), 'a')
      expect(await Promise.all([copy(from, to, false), copy(from, to, false)])).toEqual([EXIT.ok, EXIT.ok])
      expect(await copy(from, to, true)).toBe(EXIT.ok)
      expect(await contentsOf(to)).toEqual(await contentsOf(from))
    })

    it('keep events of kinds that are newer than this release', async () => {
      const [from, to] = [await newFolder(), await newTarget()]
      const made = await openSqliteCopy(logFile(from), { epoch: 'of another', secret: 'secret' })
      if (made === 'finished') throw new Error('it is new')
      await made.append([
        [placed(ann, 1, 'a'), { ...placed(ann, 2, 'b'), name: 'SetUserShoeSize', version: 7 }],
      ])
      await made.arrange(() => {})
      await made.finish()
      await made.close()
      expect(await copy(from, to, true)).toBe(EXIT.ok)
      const contents = await contentsOf(to)
      expect(contents).toEqual(await contentsOf(from))
      expect(contents.streams[ann]?.events[1]).toMatchObject({ name: 'SetUserShoeSize', version: 7 })
    })

    it('take streams that are longer than a transaction, and events that nearly fill one', async () => {
      const [from, to] = [await newSource(), await newTarget()]
      const log = await openAt(from)
      const large = 'x'.repeat(290_000)
      for (let n = 0; n < 4; n++) {
        const events = usernames(80, `n${n}-`)
        await log.commit(commitOf({ appends: [append(ann, n * 80, ...events)] }))
        await log.commit(
          commitOf({ appends: [append(userStream('acme', `large${n}`), 0, ...usernames(1, large))] }),
        )
      }
      for (let n = 0; n < 6; n++)
        await log.commit(commitOf({ appends: [append(bob, n, ...usernames(1, large))] }))
      await log.close()
      expect(await copy(from, to, true)).toBe(EXIT.ok)
      expect(await contentsOf(to)).toEqual(await contentsOf(from))
    })
  })
}

const sample = async () => fc.sample(commits(0), { numRuns: 1, seed: 7 })[0] ?? []

const placed = (stream: StreamName, seq: number, name: string): PlacedEvent => ({
  stream,
  seq,
  name: 'SetUsername',
  version: 1,
  data: JSON.stringify({ userId: 'ann', username: name }),
  meta: META,
  commit: `of ${seq}`,
  position: 0,
})

describeCopies('copies from SQLite to SQLite', newFolder, newFolder, 25)

describe.skipIf(dynamodb === null)('with DynamoDB', () => {
  describeCopies('copies from SQLite to DynamoDB', newFolder, newTable, 4)
  describeCopies('copies from DynamoDB to SQLite', newTable, newFolder, 4)
  describeCopies('copies from DynamoDB to DynamoDB', newTable, newTable, 2)
})

describe('the order of positions', () => {
  it('is that of a source that has one', async () => {
    const property = fc.asyncProperty(commits(-3), async (history) => {
      const [from, to] = [await newFolder(), await newFolder()]
      await writeAt(from, history, 'a')
      await copy(from, to, true)
      expect(await scanned(to)).toEqual(await scanned(from))
    })
    await fc.assert(property, { numRuns: 20 })
  })

  it.skipIf(dynamodb === null)('comes back from DynamoDB, if times did not run backwards', async () => {
    const property = fc.asyncProperty(commits(0), async (history) => {
      const [from, over, back] = [await newFolder(), await newTable(), await newFolder()]
      await writeAt(from, history, 'a')
      await copy(from, over, true)
      await copy(over, back, true)
      expect((await scanned(back)).map(commitOfEvent)).toEqual((await scanned(from)).map(commitOfEvent))
    })
    await fc.assert(property, { numRuns: 4 })
  })
})

/** Of the events of one commit DynamoDB does not know which stands first. */
const commitOfEvent = ({ event }: RecordedEvent) =>
  event.type === 'SetUsername' ? event.username.replace(/-.*/, '') : null

describe('a source that is written while its copy is finished', () => {
  it('leaves it unfinished, and the next time it is finished with all there is', async () => {
    const [from, to] = [await newFolder(), await newFolder()]
    await writeAt(from, await sample(), 'a')
    const db = openForWriting(logFile(from))
    const late = commitOf({ appends: [append(userStream('acme', 'late'), 0, ...usernames(1))] })
    const terminal = recordTerminal()
    // A pass says when it is over: what is written then is for the next one.
    terminal.print = (line) => {
      if (terminal.printed.push(line) === 1) new BatchWriter(db).write([encodeCommit(late)])
    }
    await expect(copyLog({ from, to, finish: true }, terminal)).rejects.toMatchObject({
      exitCode: EXIT.unavailable,
      message: expect.stringContaining('stop whatever writes it'),
    })
    db.close()
    await expect(openAt(to)).rejects.toThrow(/not finished/)
    expect(await copy(from, to, true)).toBe(EXIT.ok)
    expect(await contentsOf(to)).toEqual(await contentsOf(from))
  })
})

describe('a copy that is not what its source is', () => {
  const FORGERIES: Readonly<Record<string, readonly [sql: string, told: RegExp]>> = {
    'an event that says something else': [
      `UPDATE event SET data = '{}' WHERE position = 1`,
      /^stream .*: the events of the copy are not those of the source$/,
    ],
    'an event of another time': [
      'UPDATE event SET delay = delay + 1 WHERE position = 1',
      /^stream .*: the events of the copy are not those of the source$/,
    ],
    'a stream too many': [
      `INSERT INTO stream SELECT id + 1000, 'acme/user/eve', seq, last_at, latest, hash FROM stream WHERE id = 1`,
      /^stream acme\/user\/eve: only the copy has it$/,
    ],
    'a record that says something else': [
      `UPDATE idempotency SET result = 'null'`,
      /^the request "a0" of acme: its record is another$/,
    ],
  }

  it.each(Object.entries(FORGERIES))('by %s is not finished', async (_, [sql, told]) => {
    const [from, to] = [await newFolder(), await newFolder()]
    const log = await openSqliteLog({ file: logFile(from) })
    await log.commit(
      commitOf({
        appends: [append(ann, 0, ...usernames(3))],
        idempotency: [record('a0')],
        claims: [claimOf('ann', 'a')],
      }),
    )
    await log.close()
    const source = await logPlace('', from).read()
    const opened = await openCopy(source, to)
    await copyMissing(source, opened, () => {})
    await opened.arrange(() => {})
    await source.close()
    const db = openForWriting(logFile(to))
    db.exec(sql)
    db.close()
    const terminal = recordTerminal()
    await expect(copyLog({ from, to, finish: true }, terminal)).rejects.toMatchObject({
      exitCode: EXIT.problems,
    })
    expect(terminal.printed).toContainEqual(expect.stringMatching(told))
    await expect(openAt(to)).rejects.toThrow(/not finished/)
  })
})

it.skipIf(dynamodb === null)('an event that is not whole is not copied, and is named', async () => {
  const [from, to] = [await newTable(), await newFolder()]
  const log = await openAt(from)
  await log.commit(commitOf({ appends: [append(ann, 0, ...usernames(3))] }))
  await log.close()
  await dynamodb?.client.send(
    new UpdateItemCommand({
      TableName: new URL(from).pathname.slice(1),
      Key: attributes(eventKey(ann, 2)),
      UpdateExpression: 'REMOVE actor',
    }),
  )
  await expect(copy(from, to, true)).rejects.toThrow(
    `event 2 of ${ann} cannot be copied: an item of the log has no actor: ${ann} 2`,
  )
  await expect(openAt(to)).rejects.toThrow(/not finished/)
})
