import { readdirSync, readFileSync } from 'node:fs'
import { CloseCode } from 'graphql-ws'
import { describe, expect, test } from 'vitest'
import { CLOSE } from '../../src/http/closeCodes.ts'
import { readmePart, tableRows } from './readmeFile.ts'

const HTTP = new URL('../../src/http/', import.meta.url)

/** What ws and graphql-ws close by themselves. */
const BY_LIBRARIES = [
  1009,
  CloseCode.SubprotocolNotAcceptable,
  CloseCode.ConnectionInitialisationTimeout,
  CloseCode.SubscriberAlreadyExists,
]

describe('the close codes', () => {
  test('are those of the README, each once, each with when it comes and what to do', () => {
    const documented = tableRows(readmePart('close-codes'))
    const codes = [...Object.values(CLOSE), ...BY_LIBRARIES].toSorted((a, b) => a - b)
    expect(documented.map(([code]) => Number(code))).toEqual(codes)
    for (const row of documented)
      expect(row).toEqual([expect.any(String), expect.stringMatching(/\S/), expect.stringMatching(/\S/)])
  })

  test.each(Object.keys(CLOSE))('%s is given somewhere', (name) => {
    const sources = readdirSync(HTTP).map((file) => readFileSync(new URL(file, HTTP), 'utf8'))
    expect(sources.some((text) => text.includes(`CLOSE.${name}`))).toBe(true)
  })
})
