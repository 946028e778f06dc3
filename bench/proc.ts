import { readFileSync } from 'node:fs'

/** What Linux tells of a process in /proc. Null elsewhere. */
export interface Memory {
  /** Bytes in RAM, those shared with other processes too. */
  readonly rss: number
  /** The same, with shared bytes divided among those who share them. */
  readonly pss: number
  /** Not backed by a file: heap, stacks, SQLite's caches. */
  readonly anonymous: number
}

/** Linux counts CPU time in hundredths of a second (USER_HZ) on every platform that node runs on. */
const MICROS_PER_TICK = 10_000

/** CPU time that all threads of the process have used, user and system, in microseconds. */
export function cpuMicros(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The name, in parentheses, may hold spaces; utime and stime are the 12th and 13th fields after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK
}

export function memoryOf(pid: number): Memory | null {
  const rollup = read(`/proc/${pid}/smaps_rollup`)
  if (rollup === null) return null
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(rollup)?.[1] ?? Number.NaN) * 1024
  return { rss: bytes('Rss'), pss: bytes('Pss'), anonymous: bytes('Anonymous') }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
