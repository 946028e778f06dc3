import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { parseStream, type StreamName } from '../../src/domain/streams.ts'
import type { LogReader } from '../../src/log/EventLog.ts'
import { scanAll, seqs, TENANT, upTo } from '../conformance/eventLog/commits.ts'
import type { Acknowledged } from './logWriter.ts'

const SCRIPT = fileURLToPath(new URL('./logWriter.ts', import.meta.url))

/** Runs a writer until it ends by itself, or kills it without warning once it has heard so many acknowledgements. */
export async function runWriter(
  file: string,
  name: string,
  { rounds, killAfter = Number.POSITIVE_INFINITY }: { rounds: number; killAfter?: number },
): Promise<Acknowledged[]> {
  const child: ChildProcess = spawn(process.execPath, [SCRIPT, file, name, String(rounds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const acknowledged: Acknowledged[] = []
  if (child.stdout === null) throw new Error('a writer speaks on stdout')
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(JSON.parse(line) as Acknowledged)
    if (acknowledged.length === killAfter) child.kill('SIGKILL')
  }
  const [code, signal] = await ended
  expect(killAfter === Number.POSITIVE_INFINITY ? code : signal).toBe(
    killAfter === Number.POSITIVE_INFINITY ? 0 : 'SIGKILL',
  )
  return acknowledged
}

/** What was acknowledged is there; no stream has a hole; a name is held by whoever has it now, and by nobody who had it. */
export async function expectSound(log: LogReader, acknowledged: readonly Acknowledged[]): Promise<void> {
  const events = await scanAll(log)
  expect(events.map(({ position }) => position)).toEqual(upTo(events.length))

  const streams = new Map<StreamName, string[]>()
  for (const { stream, event } of events) {
    if (event.type !== 'SetUsername') throw new Error(`nobody wrote ${event.type}`)
    streams.set(stream, [...(streams.get(stream) ?? []), event.username])
  }
  for (const { stream, seq, username } of acknowledged) expect(streams.get(stream)?.[seq - 1]).toBe(username)

  for (const [stream, names] of streams) {
    expect(seqs(events.filter((event) => event.stream === stream))).toEqual(upTo(names.length))
    const id = parseStream(stream)?.id
    if (id === 'shared') continue
    const owners = await Promise.all(names.map((name) => log.claimOwner(TENANT, 'username', name)))
    expect(owners).toEqual(names.map((_, index) => (index === names.length - 1 ? id : null)))
  }
}
