import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../../src/domain/errors.ts'
import { againstPromise, promisedSdl } from './promised.ts'
import { readmePart, tableRows } from './readmeFile.ts'

const SOURCE = new URL('../../src/', import.meta.url).pathname
const codes = [...ERROR_CODES].toSorted()
const documented = tableRows(readmePart('codes'))

describe('the error codes', () => {
  test('are those of the README, each once, each with when it comes and what to do', () => {
    expect(documented.map(([code]) => code).toSorted()).toEqual(codes.map((code) => `\`${code}\``))
    for (const row of documented)
      expect(row).toEqual([expect.any(String), expect.stringMatching(/\S/), expect.stringMatching(/\S/)])
  })

  test.skipIf(promisedSdl === null)(againstPromise('are those that were promised'), () => {
    const list = /# Error codes \(.*?\): (.*?)\n\n/s.exec(promisedSdl ?? '')?.[1]
    expect(list?.match(/[A-Z_]+/g)?.toSorted()).toEqual(codes)
  })

  test.each(ERROR_CODES)('%s is given somewhere, or the README says that it is reserved', (code) => {
    const row = documented.find(([first]) => first === `\`${code}\``)
    const reserved = row?.some((cell) => cell.startsWith('Reserved:')) ?? false
    expect(sources.some((text) => text.includes(`'${code}'`))).toBe(!reserved)
  })
})

/** All of the sources but the list of codes itself. */
const sources = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('client'))
  .map((path) => readFileSync(join(SOURCE, path), 'utf8').replace(/export const ERROR_CODES = \[.*?\]/s, ''))
