import { EXIT, type ExitCode } from './exitCodes.ts'

export interface SystemTrouble {
  readonly message: string
  readonly exitCode: ExitCode
}

/** What the system has against a path, by its code. */
const TROUBLE: Readonly<Record<string, readonly [what: string, exitCode: ExitCode]>> = {
  EACCES: ['this user may not read it, or write there', EXIT.unavailable],
  EPERM: ['this user may not do that there', EXIT.unavailable],
  EROFS: ['it is on a disk that can only be read', EXIT.unavailable],
  ENOSPC: ['the disk is full', EXIT.unavailable],
  EDQUOT: ["this user's part of the disk is full", EXIT.unavailable],
  EEXIST: ['there is a file of that name already', EXIT.usage],
  ENOTDIR: ['a file stands where a folder is needed', EXIT.usage],
  EISDIR: ['a folder stands where a file is needed', EXIT.usage],
  ENOENT: ['it is not there, or its folder is not', EXIT.usage],
}

/** An error of the file system as a sentence for whoever can mend it; null for any other. `place`: where it names none. */
export function systemTrouble(error: unknown, place = 'A file'): SystemTrouble | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  const { code = '', path = place } = error as NodeJS.ErrnoException
  const [what, exitCode] = TROUBLE[code] ?? []
  return what === undefined || exitCode === undefined ? null : { message: `${path}: ${what}`, exitCode }
}
