import { expect, test } from 'vitest'
import { configTable } from '../../src/cli/configTable.ts'
import { LIMITS } from '../../src/domain/input.ts'
import { readmePart, tableRows } from './readmeFile.ts'

/** How the README calls each limit, and in what it counts. */
const LIMITS_IN_WORDS: Readonly<Record<keyof typeof LIMITS, readonly [what: string, unit: string]>> = {
  username: ['username', 'characters'],
  email: ['email', 'characters'],
  name: ['name of a user', 'characters'],
  groupName: ['name of a group', 'characters'],
  description: ['description of a group', 'characters'],
  keyLabel: ['label of an API key', 'characters'],
  tenantName: ['name of a tenant', 'characters'],
  search: ['search text', 'characters'],
  attributesBytes: ['attributes of a user', 'bytes of JSON'],
  attributesDepth: ['depth of the attributes', 'levels'],
  attributesKeys: ['keys in the attributes', 'in all'],
}

test('the README has every limit', () => {
  const limits = Object.entries(LIMITS_IN_WORDS).map(([key, [what, unit]]) => [
    what,
    `${LIMITS[key as keyof typeof LIMITS].toLocaleString('en')} ${unit}`,
  ])
  expect(tableRows(readmePart('limits')).slice(0, limits.length)).toEqual(limits)
})

test('the README has every setting', () => {
  expect(readmePart('config')).toBe(configTable())
})
