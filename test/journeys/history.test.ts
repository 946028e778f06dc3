import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Client } from '../support/client.ts'
import { expectedState, HISTORY, hasHistory, sorted, stateOverApi } from '../support/history.ts'
import { rollcall, start } from '../support/process.ts'
import { startServer } from '../support/server.ts'

if (!hasHistory) process.stderr.write('The real history is not on this machine: its journeys are skipped.\n')

/** The equality that everything is about: every tenant, over the API. */
async function expectHistoryIn(data: string): Promise<void> {
  const server = await startServer({ data })
  try {
    for (const [tenant, state] of Object.entries(expectedState())) {
      const client = new Client(server.url, server.operatorKey, tenant)
      expect(await stateOverApi(client), tenant).toEqual(sorted(state))
    }
  } finally {
    await server.close()
  }
}

describe.skipIf(!hasHistory)('eight years of a real organisation', { timeout: 120_000 }, () => {
  let data: string
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'rollcall-history-'))
  })
  afterEach(() => rm(data, { recursive: true, force: true }))

  const importHistory = () => rollcall(['import', HISTORY], { ROLLCALL_DATA: data })

  test('is imported whole, once however often, and again after the views are lost', async () => {
    expect(await importHistory()).toMatchObject({ code: 0, stdout: expect.stringContaining('23123 applied') })
    await expectHistoryIn(data)

    expect(await importHistory()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('0 applied, 23123 had been applied before, 0 bad'),
    })
    await expectHistoryIn(data)

    for (const file of readdirSync(data).filter((name) => name.startsWith('views')))
      await rm(join(data, file))
    await expectHistoryIn(data)
  })

  test('killed again and again on the way, it ends the same', async () => {
    let killed = 0
    for (const ms of [900, 1_100, 1_300, 1_500]) {
      const child = start(['import', HISTORY], { ROLLCALL_DATA: data })
      const timer = setTimeout(() => child.kill('SIGKILL'), ms)
      await new Promise((resolve) => child.once('exit', resolve))
      clearTimeout(timer)
      if (child.signalCode === 'SIGKILL') killed += 1
    }
    expect(killed).toBeGreaterThan(0)
    expect(await importHistory()).toMatchObject({ code: 0, stdout: expect.stringContaining('0 bad') })
    await expectHistoryIn(data)
  })

  test('exported and imported elsewhere, a tenant is the same directory', async () => {
    await importHistory()
    const file = join(data, 'csi.ndjson.gz')
    const exported = await rollcall(['export', '--tenant', 'kubernetes-csi', '--output', file], {
      ROLLCALL_DATA: data,
    })
    expect(exported).toMatchObject({ code: 0 })
    const elsewhere = join(data, 'elsewhere')
    expect(await rollcall(['import', file], { ROLLCALL_DATA: elsewhere })).toMatchObject({ code: 0 })
    const server = await startServer({ data: elsewhere })
    try {
      const client = new Client(server.url, server.operatorKey, 'kubernetes-csi')
      const state = expectedState()['kubernetes-csi']
      expect(state && sorted(state)).toEqual(await stateOverApi(client))
    } finally {
      await server.close()
    }
  })
})
