import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, onTestFinished, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { logFile } from '../../src/cli/run/logFile.ts'
import { connect, type Item } from '../../src/log/dynamodb/database.ts'
import { dynamoDbOrSkip, placeOf } from '../support/dynamodb.ts'
import { rollcall } from '../support/process.ts'
import { contentsOf } from '../support/storedLog.ts'

const dynamodb = await dynamoDbOrSkip()

interface Target {
  readonly place: string
  /** How much is in it. */
  size(): Promise<number>
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-copy-kill-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function newFile(): Promise<Target> {
  const place = await newFolder()
  return {
    place,
    async size() {
      if (!existsSync(logFile(place))) return 0
      const db = new DatabaseSync(logFile(place), { readOnly: true, timeout: 5_000 })
      try {
        const isBegun = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'staged'").get() !== undefined
        return isBegun ? Number(db.prepare('SELECT count(*) AS n FROM staged').get()?.n) : 0
      } finally {
        db.close()
      }
    },
  }
}

async function newTable(): Promise<Target> {
  if (dynamodb === null) throw new Error('DynamoDB Local is not there')
  const { region, endpoint } = dynamodb
  // The machine may be busy.
  const client = connect({ region, endpoint, requestTimeoutMs: 60_000 })
  onTestFinished(() => client.destroy())
  const TableName = await dynamodb.newTable()
  return {
    place: placeOf(dynamodb, TableName),
    async size() {
      let size = 0
      let next: Item | undefined
      do {
        const command = new ScanCommand({ TableName, Select: 'COUNT', ExclusiveStartKey: next })
        const { Count = 0, LastEvaluatedKey } = await client.send(command)
        size += Count
        next = LastEvaluatedKey
      } while (next !== undefined)
      return size
    },
  }
}

/** Kills the command as soon as the target has grown by so much; false if it ended before. */
async function killedWhenGrown(args: readonly string[], target: Target, by: number): Promise<boolean> {
  const before = await target.size()
  const killing = new AbortController()
  let hasEnded = false
  const running = rollcall(args, {}, killing.signal).finally(() => {
    hasEnded = true
  })
  while (!hasEnded && (await target.size()) < before + by) await delay(10)
  killing.abort()
  return (await running).code === null
}

function describeKills(title: string, newTarget: () => Promise<Target>, users: number): void {
  describe(title, () => {
    test('a copy that is killed again and again goes on, and has everything once', {
      timeout: 600_000,
    }, async () => {
      const from = await newFolder()
      expect((await rollcall(['seed', '--users', String(users), '--data', from])).code).toBe(EXIT.ok)
      const target = await newTarget()
      const args = ['copy', '--from', from, '--to', target.place]
      const sizes = [await target.size()]
      for (const by of [1, 200, 700]) {
        expect(await killedWhenGrown(args, target, by)).toBe(true)
        sizes.push(await target.size())
      }
      expect(sizes).toEqual(sizes.toSorted((a, b) => a - b))
      // More is written, and whoever finishes it is killed, too.
      expect((await rollcall(['seed', '--users', '30', '--tenant', 'more', '--data', from])).code).toBe(
        EXIT.ok,
      )
      expect(await killedWhenGrown([...args, '--finish'], target, 100)).toBe(true)
      const finished = await rollcall([...args, '--finish'])
      expect(finished).toMatchObject({ code: EXIT.ok, stdout: expect.stringContaining('are equal in both') })
      expect(await contentsOf(target.place)).toEqual(await contentsOf(from))
      expect(await rollcall([...args, '--finish'])).toMatchObject({ code: EXIT.ok })
    })
  })
}

describeKills('in SQLite', newFile, 3_000)
describe.skipIf(dynamodb === null)('with DynamoDB', () => describeKills('in a table', newTable, 150))
