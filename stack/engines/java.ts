import { spawnSync } from 'node:child_process'
import { StackFailure } from '../StackFailure.ts'

const NEEDED = 17

/** The version that `java` is; null where there is none. */
export function javaVersion(): number | null {
  const { stderr, status } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  const [, version] = /version "(\d+)/.exec(stderr ?? '') ?? []
  return status === 0 && version !== undefined ? Number(version) : null
}

export const hasJava = (): boolean => (javaVersion() ?? 0) >= NEEDED

export function requireJava(): void {
  if (hasJava()) return
  const found = javaVersion()
  throw new StackFailure(
    `DynamoDB Local needs Java ${NEEDED} or newer, and ${found === null ? 'there is no java in the PATH' : `java is ${found}`}.
Install it (Debian, Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk; or https://adoptium.net) and run this again.`,
  )
}
