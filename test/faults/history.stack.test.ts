import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasJava } from '../../stack/engines/java.ts'
import { Stack } from '../../stack/Stack.ts'
import { Client } from '../support/client.ts'
import { boundedHistory, hasHistory, sorted, stateOverApi } from '../support/history.ts'

if (!hasHistory) process.stderr.write('The real history is not on this machine: it is not imported.\n')

const OPERATOR_KEY = 'operator-key-of-the-history'
const isThere = hasJava() || process.env.ROLLCALL_REQUIRE_ENGINES === '1'

/** Beside `npm test`, for the time that DynamoDB Local takes. */
describe.skipIf(!hasHistory || !isThere)('eight years of a real organisation, past one machine', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await Stack.prepare({ port: 0, gateways: 2, operatorKey: OPERATOR_KEY })
    await stack.start()
  }, 120_000)
  afterAll(() => stack.close())

  test('imported, it is the same directory through both gateways', { timeout: 900_000 }, async () => {
    const { lines, state: expected } = boundedHistory()
    const file = stack.plan.folder.file('history.ndjson')
    await writeFile(file, lines.join('\n'))
    await stack.command(['import', file])
    for (const { place } of stack.gateways) {
      for (const [tenant, state] of expected) {
        expect(await stateOverApi(new Client(place, OPERATOR_KEY, tenant)), tenant).toEqual(sorted(state))
      }
    }
  })
})
