import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { Client } from '../support/client.ts'
import { rollcall, serveReady } from '../support/process.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-serve-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a start that fails for its port says which, and the key that it made is shown all the same, and good', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const port = String((other.address() as AddressInfo).port)
  const failed = await rollcall(['serve'], { PORT: port, ROLLCALL_DATA: folder })
  expect(failed.code).toBe(EXIT.unavailable)
  expect(failed.stderr).toContain(`PORT: ${port} is taken on 127.0.0.1`)
  expect(failed.stderr).not.toContain('    at ')
  const [, key = ''] = /Operator key: (\S+)/.exec(failed.stderr) ?? []

  const { url, greeting, kill } = await serveReady({ ROLLCALL_DATA: folder })
  onTestFinished(() => kill('SIGTERM'))
  expect(greeting).not.toContain('Operator key:')
  expect(greeting).toContain('The operator key is the one that the first start showed')
  expect(await new Client(url, key).ask('{ viewer { tenant { id } } }')).toEqual({
    viewer: { tenant: { id: 'default' } },
  })
})

test('a misspelt setting is told of at the start', async () => {
  const environment = { HOST: '192.0.2.1', PORT: '0', ROLLCALL_DATA: folder, ROLLCALL_DTA: '/elsewhere' }
  expect((await rollcall(['serve'], environment)).stderr).toContain(
    'ROLLCALL_DTA is no setting, and is ignored: is it ROLLCALL_DATA?',
  )
})

test('an address that is not of this machine is named', async () => {
  const failed = await rollcall(['serve'], { HOST: '192.0.2.1', PORT: '0', ROLLCALL_DATA: folder })
  expect([failed.code, failed.stderr]).toEqual([
    EXIT.unavailable,
    expect.stringContaining('HOST: 192.0.2.1 is no address of this machine'),
  ])
})
