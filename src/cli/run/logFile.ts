import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import { EXIT } from '../exitCodes.ts'

export const logFile = (folder: string): string => join(folder, 'log.sqlite')

/** Whoever only reads makes no log: a folder without one is rather the wrong folder. Of a table its engine tells. */
export async function requireLog({ log, data }: Pick<Config, 'log' | 'data'>): Promise<void> {
  if (log !== null) return
  try {
    await access(logFile(data), constants.R_OK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new CommandFailure(
      `There is no log in ${resolve(data)}: name its folder with --data or ROLLCALL_DATA. "rollcall serve", "import", "seed" and "restore" make one`,
      EXIT.unavailable,
    )
  }
}
