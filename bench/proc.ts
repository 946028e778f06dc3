import { readdirSync, readFileSync } from 'node:fs'

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
export function cpuMicros(pid: number | string): number | null {
  const fields = statOf(pid)
  return fields === null ? null : (Number(fields[UTIME]) + Number(fields[UTIME + 1])) * MICROS_PER_TICK
}

/** The same of a server that is many processes: its first one, those that it has started, and those of them that have ended. */
export function familyMicros(pid: number): number | null {
  for (let before = endedMicros(pid); before !== null; ) {
    const children = readdirSync('/proc').filter((name) => statOf(name)?.[PARENT] === String(pid))
    const living = [pid, ...children].reduce<number>((sum, each) => sum + (cpuMicros(each) ?? 0), 0)
    const ended = endedMicros(pid)
    // One that has ended meanwhile was counted twice, or not at all.
    if (ended === before) return living + ended
    before = ended
  }
  return null
}

/** Of children that have ended. */
function endedMicros(pid: number): number | null {
  const fields = statOf(pid)
  return fields === null ? null : (Number(fields[UTIME + 2]) + Number(fields[UTIME + 3])) * MICROS_PER_TICK
}

/** Of /proc/PID/stat, after the name: which stands in parentheses, and may hold spaces. */
const PARENT = 1
/** utime, stime, and the same of children that have ended and were waited for. */
const UTIME = 11

function statOf(pid: number | string): readonly string[] | null {
  const stat = read(`/proc/${pid}/stat`)
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ')
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
