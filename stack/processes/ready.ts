import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { StackFailure } from '../StackFailure.ts'
import type { Tied } from './tied.ts'

export interface Starting {
  /** Of what is started: `DynamoDB Local`. */
  readonly title: string
  /** Where it says what is wrong. */
  readonly log?: string | undefined
}

const LOOK_MS = 50
const GIVE_UP_MS = 120_000
const LAST_LINES = 15

/** Resolves once an attempt does. Where it ends instead, or never gets there, it is killed and that is told. */
export async function ready(
  starting: Starting,
  process: Tied,
  attempt: () => Promise<unknown>,
): Promise<void> {
  const deadline = performance.now() + GIVE_UP_MS
  for (;;) {
    if (process.hasEnded) throw failure(`${starting.title} ended with ${await process.ended}`, starting)
    try {
      await attempt()
      return
    } catch (error) {
      if (performance.now() > deadline) {
        process.signal('SIGKILL')
        throw failure(`${starting.title} did not answer in ${GIVE_UP_MS / 1_000} s (${error})`, starting)
      }
      await delay(LOOK_MS)
    }
  }
}

function failure(what: string, { log }: Starting): StackFailure {
  if (log === undefined) return new StackFailure(what)
  const said = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES)
  return new StackFailure(`${what}. The end of ${log}:\n  ${said.join('\n  ')}`)
}
