import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk that can be full. */
export interface SmallDisk {
  readonly path: string
  /** To the last block. */
  fill(): void
  /** Takes away what has filled it. */
  clear(): void
  remove(): void
}

/** Null where this process may not mount one: root may. */
export function smallDisk(megabytes: number): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'rollcall-small-disk-'))
  try {
    const options = `size=${megabytes}m,mode=0755`
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    rmdirSync(path)
    return null
  }
  const ballast = join(path, 'ballast')
  return {
    path,
    fill() {
      writeFileSync(ballast, '')
      const { bavail, bsize } = statfsSync(path)
      try {
        writeFileSync(ballast, Buffer.alloc(bavail * bsize))
      } catch (error) {
        // Others were quicker to take the last of it.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    },
    clear: () => rmSync(ballast),
    remove() {
      // Also where a test has failed, and somebody still has it open.
      execFileSync('umount', ['-l', path])
      rmdirSync(path)
    },
  }
}

/** Of some kilobytes that cannot be compressed. */
export const largeUser = (nth: number) => ({
  id: `u${nth}`,
  username: `u${nth}`,
  attributes: { bytes: Array.from({ length: 300 }, () => Math.random().toString(36).slice(2)).join('') },
})
